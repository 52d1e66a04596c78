// The queue's tasks, loaded page by page and asked for again while somebody looks at them. Reviews step through the same list.
import { computed, signal } from '@preact/signals';

import { api, body } from '../../api/client';
import { Problem } from '../../api/problem';
import type { Task } from '../../api/types';
import { me } from '../../session/session';
import { type Filters, narrowed } from './filters';

const PAGE = 50;

interface List {
  filters: Filters;
  tasks: Task[];
  cursor: string | null;
}

const list = signal<List | null>(null);
export const problem = signal<Problem | null>(null);
/** Which task has the keyboard. */
export const focused = signal<string | null>(null);

export const tasks = computed(() => list.value && narrowed(list.value.tasks, list.value.filters, me.value?.subject ?? ''));
export const hasMore = computed(() => list.value?.cursor != null);

const same = (one: Filters, other: Filters) => one.state === other.state && one.type === other.type;

async function page(filters: Filters, cursor: string | null): Promise<{ data: Task[]; next_cursor?: string | null }> {
  const query = {
    limit: PAGE,
    ...(filters.state === 'all' ? {} : { status: [filters.state] }),
    ...(filters.type === null ? {} : { task_type: filters.type }),
    ...(cursor === null ? {} : { cursor }),
  };
  return body(api.GET('/api/content/tasks', { params: { query } }));
}

/** Loads the first page; what is shown already stays until it is there. */
export async function load(filters: Filters): Promise<void> {
  const shown = list.value;
  if (shown && same(shown.filters, filters)) list.value = { ...shown, filters };
  else list.value = null;
  try {
    const first = await page(filters, null);
    const kept = list.value;
    // Pages that were loaded before stay below the new first one.
    const known = new Set(first.data.map((task) => task.task_id));
    const older = kept && kept.tasks.length > first.data.length ? kept.tasks.slice(first.data.length) : [];
    const rest = older.filter((task) => !known.has(task.task_id));
    // Words and order may have changed while it was loaded.
    const now = kept && same(kept.filters, filters) ? kept.filters : filters;
    list.value = { filters: now, tasks: [...first.data, ...rest], cursor: rest.length > 0 ? (kept?.cursor ?? null) : (first.next_cursor ?? null) };
    problem.value = null;
  } catch (error) {
    problem.value = told(error);
  }
}

/** Another order, or other words, of what was loaded. */
export function show(filters: Filters): void {
  const shown = list.value;
  if (shown && same(shown.filters, filters)) list.value = { ...shown, filters };
}

export async function reload(): Promise<void> {
  if (list.value) await load(list.value.filters);
}

export async function loadMore(): Promise<void> {
  const shown = list.value;
  if (!shown?.cursor) return;
  try {
    const next = await page(shown.filters, shown.cursor);
    list.value = { ...shown, tasks: [...shown.tasks, ...next.data], cursor: next.next_cursor ?? null };
  } catch (error) {
    problem.value = told(error);
  }
}

function told(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, 'unexpected', String(error));
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
  const shown = list.value;
  if (shown && shown.filters.state !== 'all') {
    list.value = { ...shown, tasks: shown.tasks.filter((task) => task.task_id !== id) };
  }
  focused.value = next?.task_id ?? null;
  return next?.task_id === id ? null : next;
}

/** Nothing of one person's queue stays for the next. */
export function forget(): void {
  list.value = null;
  focused.value = null;
  problem.value = null;
}
