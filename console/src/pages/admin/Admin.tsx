// What an admin looks after: a page each.
import type { ComponentType } from 'preact';

import { Area } from '../../kit/Area';
import { en } from '../../strings';
import { lazy } from '../../ui/lazy';
import { Feeds } from './Feeds';
import { Keys } from './Keys';
import { People } from './People';
import { Privacy } from './Privacy';
import { Settings } from './Settings';
import { Sources } from './Sources';
import { Targets } from './Targets';
import { Usage } from './Usage';

const Acts = lazy(() => import('../../acts/Acts').then((module) => module.Acts));

export type AdminPage = keyof typeof en.admin;

const PAGES: Record<AdminPage, ComponentType> = {
  people: People,
  keys: Keys,
  sources: Sources,
  targets: Targets,
  feeds: Feeds,
  settings: Settings,
  usage: Usage,
  privacy: Privacy,
  acts: () => <Acts area="admin" />,
};

export function Admin({ page }: { page: AdminPage }) {
  const Page = PAGES[page];
  return (
    <Area area="admin" label={en.nav.admin} pages={en.admin} here={page}>
      <Page key={page} />
    </Area>
  );
}
