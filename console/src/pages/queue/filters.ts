// Which tasks the queue shows, and in which order. All of it is in the address, so that a filter can be kept as a bookmark.
import type { State, Task, TaskType } from '../../api/types';
import { address } from '../../router';
import { en } from '../../strings';

export type Sort = 'newest' | 'oldest' | 'best' | 'worst' | 'dearest';

export interface Filters {
  /** `all` for every state. */
  state: State | 'all';
  type: TaskType | null;
  mine: boolean;
  /** Words that are in the title, the topic, a tag or the author's name. */
  words: string;
  sort: Sort;
}

export const STATES = Object.keys(en.state) as State[];
export const TYPES = Object.keys(en.type) as TaskType[];
export const SORTS = Object.keys(en.queue.sorts) as Sort[];

export function read(query: URLSearchParams): Filters {
  const state = query.get('state') ?? 'awaiting_approval';
  const type = query.get('type');
  return {
    state: STATES.find((known) => known === state) ?? (state === 'all' ? 'all' : 'awaiting_approval'),
    type: TYPES.find((known) => known === type) ?? null,
    mine: query.get('whose') === 'mine',
    words: query.get('words') ?? '',
    sort: SORTS.find((known) => known === query.get('sort')) ?? 'newest',
  };
}

export function link(filters: Filters): string {
  const { state, type, mine, words, sort } = filters;
  return address(['queue'], {
    state: state === 'awaiting_approval' ? null : state,
    type,
    whose: mine ? 'mine' : null,
    words: words.trim(),
    sort: sort === 'newest' ? null : sort,
  });
}

/** Of what was loaded, what is wanted, in the order that is wanted. */
export function narrowed(tasks: readonly Task[], filters: Filters, subject: string): Task[] {
  const words = filters.words.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const wanted = (task: Task) => {
    if (filters.mine && task.requested_by !== subject) return false;
    const text = [task.title, task.topic, task.requested_by, ...task.tags].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return tasks.filter(wanted).sort(ORDER[filters.sort]);
}

const time = (task: Task) => Date.parse(task.created_at);
/** A text without a score is neither good nor bad, and comes last. */
const by = (value: (task: Task) => number | null) => (one: Task, other: Task) => {
  const [a, b] = [value(one), value(other)];
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a - b;
};
const ORDER: Record<Sort, (one: Task, other: Task) => number> = {
  newest: (one, other) => time(other) - time(one),
  oldest: (one, other) => time(one) - time(other),
  best: by((task) => (task.quality_score == null ? null : -task.quality_score)),
  worst: by((task) => task.quality_score ?? null),
  dearest: (one, other) => Number(other.cost_usd) - Number(one.cost_usd),
};
