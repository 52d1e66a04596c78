import { expect, it } from 'vitest';

import type { Me, Placement, Role } from '../api/types';
import { waysOf } from './placements';

const me = (role: Role): Me => ({ tenant: 'acme', site_url: 'https://site.example/site/acme', subject: 'ana', role });
const on = (status: Placement['status']) => ({ status }) as Placement;
const ALL: Placement['status'][] = ['pending', 'held', 'placed', 'gone', 'conflict', 'kept', 'failed'];

it('whose_text_counts_on_a_target_is_an_editors_to_say', () => {
  for (const role of ['viewer', 'author'] as Role[]) {
    for (const status of ALL) expect(waysOf(on(status), me(role)), status).toEqual([]);
  }
});

it('only_what_rests_is_tried_again_and_only_a_conflict_is_resolved', () => {
  expect(ALL.map((status) => waysOf(on(status), me('editor')))).toEqual([
    [],
    ['again'],
    [],
    [],
    ['again', 'overwrite', 'keep'],
    ['overwrite'],
    ['again'],
  ]);
});
