import { beforeEach, expect, it, vi } from 'vitest';

import type { State, Task } from '../../api/types';

type Query = Record<string, unknown>;
/** Requests that wait for their answer. */
const asked: { query: Query; answer: (page: object) => void; fail: (error: unknown) => void }[] = [];

vi.mock('../../router', () => ({ address: (path: string[], query: object) => JSON.stringify([path, query]) }));
vi.mock('../../api/client', () => ({
  api: {
    GET: (_: string, { params }: { params: { query: Query } }) =>
      new Promise((done, fail) => {
        asked.push({ query: params.query, answer: (page) => done({ next_cursor: null, exact: true, counts: null, ...page }), fail });
      }),
  },
  body: (answer: Promise<unknown>) => answer,
}));
const { read } = await import('./filters');
const { countsFor, decided, focused, forget, hasMore, load, loadMore, problem, reload, tasks } = await import('./list');

const task = (id: number, status: State = 'awaiting_approval') => ({ task_id: `task_${id}`, status }) as Task;
const page = (first: number, last: number, cursor: string | null = null) => ({
  data: Array.from({ length: last - first + 1 }, (_, at) => task(first + at)),
  next_cursor: cursor,
});
const filters = (text: string) => read(new URLSearchParams(text));
const ids = () => tasks.value?.map((one) => Number(one.task_id.slice(5)));
async function answer(more: object): Promise<Query> {
  const one = asked.shift();
  if (!one) throw new Error('nothing is asked for');
  one.answer(more);
  for (let turn = 0; turn < 9; turn += 1) await null;
  return one.query;
}
beforeEach(() => {
  forget();
  asked.length = 0;
});

it('an_answer_for_one_filter_is_not_shown_under_another', async () => {
  void load(filters('state=failed'));
  void load(filters('state=published'));
  const [failed, published] = asked.splice(0);
  published?.answer({ data: [task(2, 'published')] });
  failed?.answer({ data: [task(1, 'failed')] });
  for (let turn = 0; turn < 9; turn += 1) await null;
  expect(ids()).toEqual([2]);
});

it('a_task_that_was_decided_elsewhere_leaves_whichever_page_it_is_on', async () => {
  void load(filters(''));
  await answer(page(1, 50, 'two'));
  void loadMore();
  await answer(page(51, 60));
  expect([ids()?.length, hasMore.value]).toEqual([60, false]);
  void reload();
  await answer(page(2, 51, 'two'));
  await answer(page(53, 60));
  expect([ids()?.length, ids()?.includes(1), ids()?.includes(52)]).toEqual([58, false, false]);
});

it('a_page_that_is_asked_for_twice_is_shown_once', async () => {
  void load(filters(''));
  await answer(page(1, 50, 'two'));
  void loadMore();
  void loadMore();
  void reload();
  expect(asked.length).toBe(1);
  expect((await answer(page(50, 60))).cursor).toBe('two');
  expect(ids()).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
});

it('nothing_that_comes_late_fills_the_list_of_the_next_person', async () => {
  void load(filters(''));
  forget();
  await answer(page(1, 3));
  expect([tasks.value, problem.value, focused.value]).toEqual([null, null, null]);
});

it('a_failure_of_what_nobody_waits_for_is_not_told', async () => {
  void load(filters('state=failed'));
  void load(filters(''));
  asked.shift()?.fail(new Error('late'));
  await answer(page(1, 2));
  expect([problem.value, ids()]).toEqual([null, [1, 2]]);
});

it('a_task_that_was_just_decided_does_not_come_back_with_an_answer_from_before', async () => {
  void load(filters(''));
  await answer(page(1, 3));
  void reload();
  expect(decided('task_1')?.task_id).toBe('task_2');
  await answer(page(1, 3));
  expect(ids()).toEqual([2, 3]);
});

it('counts_are_asked_for_once_and_again_when_the_list_has_changed', async () => {
  void load(filters(''));
  expect((await answer({ ...page(1, 2), counts: { awaiting_approval: 2, pending: 7 } })).counts).toBe('open');
  expect(countsFor(filters('state=failed'))).toEqual({ awaiting_approval: 2, pending: 7 });
  expect(countsFor(filters('tag=http'))).toEqual({});
  void reload();
  expect((await answer(page(1, 3))).counts).toBeUndefined();
  void reload();
  expect((await answer(page(1, 3))).counts).toBe('open');
});
