// What an operator looks after: a page each.
import type { ComponentType } from 'preact';

import { Area } from '../../kit/Area';
import { en } from '../../strings';
import { lazy } from '../../ui/lazy';
import { Flags } from './Flags';
import { Health } from './Health';
import { Inspect } from './Inspect';
import { Letters } from './Letters';
import { Stuck } from './Stuck';
import { Tenants } from './Tenants';

const Acts = lazy(() => import('../../acts/Acts').then((module) => module.Acts));

export type OperatePage = keyof typeof en.operate;

/** `one`: of a page that lists, which of them is open. */
const PAGES: Record<OperatePage, ComponentType<{ one: string | undefined }>> = {
  health: Health,
  stuck: Stuck,
  letters: Letters,
  flags: Flags,
  tenants: Tenants,
  task: Inspect,
  acts: () => <Acts area="operate" />,
};

export function Operate({ page, one }: { page: OperatePage; one: string | undefined }) {
  const Page = PAGES[page];
  return (
    <Area area="operate" label={en.nav.operate} pages={en.operate} here={page}>
      <Page key={`${page}/${one ?? ''}`} one={one} />
    </Area>
  );
}
