// The queue's tasks, loaded page by page and asked for again while somebody looks at them. Reviews step through the same list.
import { computed, signal } from '@preact/signals';

import { api, body } from '../../api/client';
import { type Problem, told } from '../../api/problem';
import type { State, Task, TaskPage } from '../../api/types';
import { address } from '../../router';
import { type Filters, OPEN, countedBy, link, query } from './filters';

const PAGE = 50;
/** Counts are made of all open tasks, so they are asked for when the list has changed, and else this seldom. */
const COUNT_MS = 60_000;

interface List {
  filters: Filters;
  tasks: Task[];
  cursor: string | null;
  /** How many pages it is of. */
  pages: number;
  /** Whether filters and order are over all tasks; `false`: it is by time alone. */
  exact: boolean;
}

interface Counted {
  by: string;
  at: number;
  states: Partial<Record<State, number>>;
}

const list = signal<List | null>(null);
const counted = signal<Counted | null>(null);
export const problem = signal<Problem | null>(null);
/** Which task has the keyboard. */
export const focused = signal<string | null>(null);
/** Whether the next page is under way. */
export const loadingMore = signal(false);

export const tasks = computed(() => list.value?.tasks ?? null);
/** The place of the calendar from which somebody opens tasks; `null`: they come from the queue. */
export const calendarLink = signal<string | null>(null);
/** Where somebody who opened a task came from. */
export const backLink = computed(() => calendarLink.value ?? (list.value ? link(list.value.filters) : address(['queue'])));
export const hasMore = computed(() => list.value?.cursor != null);
export const isExact = computed(() => list.value?.exact ?? true);
/** How many reads it takes to ask for the list again. */
export const pages = computed(() => Math.max(1, list.value?.pages ?? 1));

/** The number of tasks in each open state, where it is known for these filters. */
export function countsFor(filters: Filters): Partial<Record<State, number>> {
  const known = counted.value;
  return known && known.by === countedBy(filters) ? known.states : {};
}

/** Raised when another list is asked for, or none: an answer that was asked for before is not shown. */
let asked = 0;
let countNext = true;

async function page(filters: Filters, cursor: string | null, counts: boolean): Promise<TaskPage> {
  const wanted = { ...query(filters), limit: PAGE, ...(cursor === null ? {} : { cursor }), ...(counts ? { counts: 'open' as const } : {}) };
  return (await body(api.GET('/api/content/tasks', { params: { query: wanted } }))) as TaskPage;
}

/** Loads the list of a filter; what is shown of the same one stays until it is there. */
export async function load(filters: Filters): Promise<void> {
  const shown = list.value;
  if (!shown || link(shown.filters) !== link(filters)) {
    list.value = null;
    problem.value = null;
  }
  await refresh(filters);
}

export async function reload(): Promise<void> {
  // While the next page is under way, the list is about to become another.
  if (list.value && !loadingMore.value) await refresh(list.value.filters);
}

/** Asks for every page that is shown: a task that somebody decided on is gone from whichever it was on. */
async function refresh(filters: Filters): Promise<void> {
  asked += 1;
  const turn = asked;
  const by = countedBy(filters);
  // Over closed tasks the API counts nothing, and a list that is asked to count is looked through by time.
  const countable = filters.states.length > 0 && filters.states.every((state) => OPEN.includes(state));
  const due = countable && (countNext || counted.value?.by !== by || Date.now() - counted.value.at > COUNT_MS);
  try {
    const first = await page(filters, null, due);
    let fresh: List = { filters, tasks: first.data, cursor: first.next_cursor ?? null, pages: 1, exact: first.exact };
    while (turn === asked && fresh.cursor !== null && fresh.pages < pages.value) fresh = joined(fresh, await page(filters, fresh.cursor, false));
    if (turn !== asked) return;
    countNext = isOther(list.value, fresh);
    if (due) counted.value = { by, at: Date.now(), states: first.counts ?? {} };
    list.value = fresh;
    problem.value = null;
  } catch (error) {
    if (turn === asked) problem.value = told(error);
  }
}

const isOther = (one: List | null, other: List): boolean => one !== null && stamp(one) !== stamp(other);
const stamp = ({ tasks: all }: List): string => all.map((task) => `${task.task_id} ${task.status}`).join();

/** A list with its next page. What moved meanwhile is in it once. */
function joined(before: List, next: TaskPage): List {
  const known = new Set(before.tasks.map((task) => task.task_id));
  const tasks = [...before.tasks, ...next.data.filter((task) => !known.has(task.task_id))];
  return { ...before, tasks, cursor: next.next_cursor ?? null, pages: before.pages + 1 };
}

export async function loadMore(): Promise<void> {
  const shown = list.value;
  if (!shown?.cursor || loadingMore.value) return;
  asked += 1;
  const turn = asked;
  loadingMore.value = true;
  try {
    const next = await page(shown.filters, shown.cursor, false);
    if (turn === asked && list.value) list.value = joined(list.value, next);
  } catch (error) {
    if (turn === asked) problem.value = told(error);
  } finally {
    loadingMore.value = false;
  }
}

/** The task before or after `id` in the list. */
export function neighbour(id: string | null, by: 1 | -1): Task | null {
  const shown = tasks.value ?? [];
  const at = shown.findIndex((task) => task.task_id === id);
  if (at < 0) return (by === 1 ? shown[0] : shown.at(-1)) ?? null;
  return shown[at + by] ?? null;
}

/** A task was decided on: it leaves the list, and the one that takes its place gets the keyboard. */
export function decided(id: string): Task | null {
  const next = neighbour(id, 1) ?? neighbour(id, -1);
  // An answer from before the decision would bring it back.
  asked += 1;
  countNext = true;
  const shown = list.value;
  if (shown && shown.filters.states.length > 0) {
    list.value = { ...shown, tasks: shown.tasks.filter((task) => task.task_id !== id) };
  }
  focused.value = next?.task_id ?? null;
  return next?.task_id === id ? null : next;
}

/** Nothing of one person's queue stays for the next. */
export function forget(): void {
  asked += 1;
  countNext = true;
  list.value = null;
  counted.value = null;
  focused.value = null;
  problem.value = null;
  calendarLink.value = null;
}
