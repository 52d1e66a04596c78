// Which tasks the queue shows, and in which order. All of it is in the address, so that a filter can be kept as a bookmark; all of
// it is the API's work, so that it is of every task and not of those alone that were loaded.
import type { State, TaskType } from '../../api/types';
import { address } from '../../router';
import { en } from '../../strings';

export type Sort = 'newest' | 'oldest' | 'best' | 'worst' | 'dearest' | 'cheapest';

export interface Filters {
  /** None: every state. */
  states: State[];
  type: TaskType | null;
  /** A tag, as a whole. */
  tag: string;
  /** Who asked for it. */
  author: string;
  /** Who is to see to it: a subject, `me` or `none`. */
  assignee: string;
  /** Days, each of them within. */
  from: string;
  to: string;
  /** Words that are in the title or in the topic. */
  words: string;
  sort: Sort;
}

export const STATES = Object.keys(en.state) as State[];
export const TYPES = Object.keys(en.type) as TaskType[];
export const SORTS = Object.keys(en.queue.sorts) as Sort[];
/** States that a task leaves again. Lists of these are exact. */
export const OPEN: State[] = ['awaiting_approval', 'generating', 'pending', 'approved', 'failed'];
const USUAL: State[] = ['awaiting_approval'];

/** Orders, as the API calls them. */
const ORDERS = {
  newest: '-created_at', oldest: 'created_at', best: '-quality_score', worst: 'quality_score', dearest: '-cost_usd', cheapest: 'cost_usd',
} as const satisfies Record<Sort, string>;

const same = (one: readonly string[], other: readonly string[]) => one.length === other.length && one.every((name) => other.includes(name));

/** Whether a filter is of all open states. */
export const isOpen = ({ states }: Filters): boolean => same(states, OPEN);

/** The states in the order in which they are offered, so that one filter has one address. */
function statesOf(text: string | null): State[] {
  if (text === 'all') return [];
  if (text === 'open') return OPEN;
  const named = (text ?? '').split(',');
  const known = STATES.filter((state) => named.includes(state));
  return known.length > 0 ? known : USUAL;
}

function stateText(states: readonly State[]): string | null {
  if (states.length === 0) return 'all';
  if (same(states, OPEN)) return 'open';
  return same(states, USUAL) ? null : STATES.filter((state) => states.includes(state)).join(',');
}

const day = (text: string | null): string => (text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : '');
const short = (text: string | null, most: number): string => (text ?? '').slice(0, most);

export function read(query: URLSearchParams): Filters {
  const type = query.get('type');
  return {
    states: statesOf(query.get('state')),
    type: TYPES.find((known) => known === type) ?? null,
    tag: short(query.get('tag'), 50),
    author: short(query.get('author'), 100).trim(),
    assignee: short(query.get('assignee'), 100).trim(),
    from: day(query.get('from')),
    to: day(query.get('to')),
    words: short(query.get('words'), 100),
    sort: SORTS.find((known) => known === query.get('sort')) ?? 'newest',
  };
}

export function link(filters: Filters): string {
  const { states, sort, words, ...others } = filters;
  return address(['queue'], { state: stateText(states), ...others, words: words.trim(), sort: sort === 'newest' ? null : sort });
}

/** What was given to whoever looks, and is not done. */
export const inbox = (): Filters => ({ ...read(new URLSearchParams()), states: OPEN, assignee: 'me' });

/** How many filters stand beside the state, the words and the order. */
export function narrowing({ type, tag, author, assignee, from, to }: Filters): number {
  return [type, tag, author, assignee, from, to].filter(Boolean).length;
}

/** Whether a filter is set that somebody may want to clear. */
export function isNarrowed(filters: Filters): boolean {
  return filters.words.trim() !== '' || narrowing(filters) > 0;
}

/** The filters as the API takes them. */
export function query({ states, type, tag, author, assignee, from, to, words, sort }: Filters) {
  return {
    ...(states.length === 0 ? {} : { status: states }),
    ...(type === null ? {} : { task_type: type }),
    ...(tag.trim() === '' ? {} : { tag: tag.trim() }),
    ...(author === '' ? {} : { author }),
    ...(assignee === '' ? {} : { assignee }),
    ...(from === '' ? {} : { created_from: from }),
    ...(to === '' ? {} : { created_to: to }),
    ...(words.trim() === '' ? {} : { q: words.trim() }),
    ...(sort === 'newest' ? {} : { sort: ORDERS[sort] }),
  };
}

/** What the counts of the states are over: everything but the state and the order. */
export function countedBy(filters: Filters): string {
  return link({ ...filters, states: [], sort: 'newest' });
}
