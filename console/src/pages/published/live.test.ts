import { expect, it, vi } from 'vitest';

import type { State, Task } from '../../api/types';
import type { Page } from './live';

vi.mock('../../router', () => ({ address: () => '' }));
const { NONE, goOn, hasMore } = await import('./live');

const task = (id: string, status: State, live_revision: number | null = null) => ({ task_id: id, status, live_revision }) as Task;

/** Lists as the API answers them, two tasks a page. */
function pages(all: readonly Task[]): Page & { reads: number } {
  const page = async (states: readonly State[], cursor: string | null | undefined) => {
    page.reads += 1;
    const listed = all.filter(({ status }) => states.includes(status));
    const from = Number(cursor ?? 0);
    return { data: listed.slice(from, from + 2), next_cursor: from + 2 < listed.length ? String(from + 2) : null };
  };
  page.reads = 0;
  return page;
}
const ids = ({ tasks }: { tasks: readonly Task[] }) => tasks.map((one) => one.task_id).toSorted();

it('a_live_article_is_listed_in_whichever_state_its_next_text_is', async () => {
  const states: State[] = ['published', 'awaiting_approval', 'generating', 'pending', 'approved', 'failed'];
  const page = pages(states.map((state) => task(state, state, 1)));
  expect(ids(await goOn(NONE, page))).toEqual(states.toSorted());
});

it('what_has_no_article_is_not_listed', async () => {
  const page = pages([task('a', 'approved'), task('b', 'failed'), task('c', 'archived'), task('d', 'published', 2)]);
  expect(ids(await goOn(NONE, page))).toEqual(['d']);
});

it('an_article_behind_many_open_tasks_is_found_and_nothing_is_read_without_an_end', async () => {
  const page = pages([...Array.from({ length: 9 }, (_, at) => task(`waits-${at}`, 'awaiting_approval')), task('last', 'pending', 3)]);
  const first = await goOn(NONE, page);
  // Not "nothing is live": there is more to look through.
  expect([ids(first), hasMore(first), page.reads]).toEqual([[], true, 4]);
  const second = await goOn(first, page);
  expect([ids(second), hasMore(second)]).toEqual([['last'], false]);
  const reads = page.reads;
  await goOn(second, page);
  expect(page.reads).toBe(reads);
});

it('what_moves_between_two_pages_is_listed_once_as_it_is_now', async () => {
  const first = await goOn(NONE, pages([task('a', 'approved', 1)]));
  const again = await goOn({ ...first, published: undefined }, pages([task('a', 'published', 2)]));
  expect(again.tasks).toEqual([task('a', 'published', 2)]);
});
