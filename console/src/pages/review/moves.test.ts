import { expect, it } from 'vitest';

import type { Me, Role, State, Task } from '../../api/types';
import { en } from '../../strings';
import { mayEdit, movesOf, textOf } from './moves';

const me = (role: Role): Me => ({ tenant: 'acme', site_url: 'https://site.example/site/acme', subject: 'ana', role });
const task = (status: State, more: object = {}) => ({ status, revision: 2, live_revision: null, ...more }) as unknown as Task;

it('a_viewer_is_offered_nothing_in_any_state', () => {
  for (const status of ['pending', 'generating', 'awaiting_approval', 'approved', 'published', 'failed', 'rejected'] as State[]) {
    expect(movesOf(task(status, { live_revision: 2 }), me('viewer'), 2), status).toEqual([]);
    expect(mayEdit(task(status), me('viewer'))).toBe(false);
  }
});

it('an_author_takes_back_no_decision_of_an_editor', () => {
  expect(movesOf(task('approved'), me('author'), 2)).toEqual([]);
  expect(movesOf(task('approved'), me('editor'), 2)).toEqual(['schedule', 'cancel']);
  expect(movesOf(task('published', { live_revision: 2 }), me('author'), 2)).toEqual([]);
});

it('an_older_revision_is_not_decided_on', () => {
  expect(movesOf(task('awaiting_approval'), me('editor'), 1)).toEqual(['cancel']);
  expect(movesOf(task('awaiting_approval'), me('editor'), 2)).toEqual(['approve', 'changes', 'reject', 'cancel']);
});

it('a_live_article_goes_back_to_another_revision_and_not_to_its_own', () => {
  const live = task('published', { live_revision: 2 });
  expect(movesOf(live, me('editor'), 2)).toEqual(['changes', 'unpublish']);
  expect(movesOf(live, me('editor'), 1)).toEqual(['back', 'unpublish']);
});

it('a_live_article_is_taken_down_in_whichever_state_its_next_text_is', () => {
  for (const status of ['pending', 'generating', 'awaiting_approval', 'approved', 'failed'] as State[]) {
    expect(movesOf(task(status, { live_revision: 1 }), me('editor'), 2), status).toContain('unpublish');
    expect(movesOf(task(status, { live_revision: 1 }), me('author'), 2), status).not.toContain('unpublish');
    expect(movesOf(task(status), me('editor'), 2), status).not.toContain('unpublish');
  }
});

it('what_is_closed_is_not_moved', () => {
  for (const status of ['rejected', 'cancelled', 'archived'] as State[]) expect(movesOf(task(status), me('admin'), 2), status).toEqual([]);
});

it('nobody_who_is_not_signed_in_is_offered_anything', () => {
  expect(movesOf(task('awaiting_approval'), null, 2)).toEqual([]);
});

it('nobody_is_offered_the_approval_of_their_own_text_where_the_tenant_wants_four_eyes', () => {
  expect(textOf({ writer: 'ana', fourEyes: true }, me('admin'))).toBe('own');
  for (const writer of ['ben', null]) expect(textOf({ writer, fourEyes: true }, me('editor'))).toBe('anyones');
  expect(textOf({ writer: 'ana', fourEyes: false }, me('editor'))).toBe('anyones');
  expect(movesOf(task('awaiting_approval'), me('editor'), 2, 'own')).toEqual(['changes', 'reject', 'cancel']);
  expect(movesOf(task('published', { live_revision: 2 }), me('editor'), 1, 'own')).toEqual(['unpublish']);
});

it('a_decision_about_a_task_without_a_draft_names_no_revision', () => {
  expect(en.decide.binds(0, 1)).toMatch(/^Applies to version 1\. /);
  expect(en.decide.binds(2, 5)).toMatch(/^Applies to revision 2 at version 5\. /);
});
