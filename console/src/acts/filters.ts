// Which acts are listed. All of it is in the address, so that what was found can be handed on; all of it is the API's work.
import type { Act } from '../api/types';
import { address } from '../router';
import { dayIn, instantOf, isDay, timeIn } from '../ui/zoned';
import { words } from './strings';

export type Area = 'admin' | 'operate';

export interface Filters {
  /** Whose list; empty: that of the caller's tenant. For operators. */
  tenant: string;
  /** Who did it. */
  actor: string;
  /** With which API key, by its id. */
  key: string;
  what: Act['what'] | null;
  /** Moments in UTC: from then on, and before then. */
  since: string;
  until: string;
}

type End = 'since' | 'until';

export const WHATS = Object.keys(words.whats) as Act['what'][];

const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z)?$/;
const DAY_MS = 86_400_000;

const written = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');

/** A moment of an address. A day is one in UTC, as for the API: it is within, whichever end it is. */
function moment(text: string | null, end: End): string {
  if (text === null || !MOMENT.test(text) || !isDay(text.slice(0, 10)) || Number.isNaN(Date.parse(text))) return '';
  return text.includes('T') ? text : written(Date.parse(text) + (end === 'until' ? DAY_MS : 0));
}

/** As much of a text as there can be of it; what is wrong with it, the API says. */
const short = (text: string | null, most: number): string => (text ?? '').trim().slice(0, most);

export function read(query: URLSearchParams, area: Area): Filters {
  const what = query.get('what');
  return {
    tenant: area === 'operate' ? short(query.get('tenant'), 64) : '',
    actor: short(query.get('actor'), 100),
    key: short(query.get('key'), 64),
    what: WHATS.find((known) => known === what) ?? null,
    since: moment(query.get('since'), 'since'),
    until: moment(query.get('until'), 'until'),
  };
}

export function link(area: Area, { tenant, actor, key, what, since, until }: Filters): string {
  return address([area, 'acts'], { tenant: tenant.trim(), actor: actor.trim(), key: key.trim(), what, since, until });
}

/** Whether a filter is set that somebody may want to clear. Whose list it is narrows nothing. */
export function isNarrowed({ actor, key, what, since, until }: Filters): boolean {
  return [actor, key, what, since, until].some(Boolean);
}

/** The filters of one list as the API takes them. What is chosen from a page is chosen from the longest. */
export function query({ actor, key, what, since, until }: Filters) {
  return {
    ...(actor === '' ? {} : { actor }),
    ...(key === '' ? {} : { key }),
    ...(what === null ? {} : { what }),
    ...(since === '' ? {} : { since }),
    ...(until === '' ? {} : { until }),
    ...(key === '' && what === null ? {} : { limit: 100 }),
  };
}

/** A moment as a control shows it, by the clocks of a zone. */
export function shownIn(zone: string, at: string): string {
  return at === '' ? '' : `${dayIn(zone, at)}T${timeIn(zone, at)}`;
}

/** The moment that was typed into a control; `null` while it has no whole year yet. */
export function typedIn(zone: string, value: string): string | null {
  if (value === '') return '';
  const at = instantOf(zone, value.slice(0, 10), value.slice(11, 16));
  return at === null ? null : written(Date.parse(at));
}
