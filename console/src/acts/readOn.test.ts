import { expect, it, vi } from 'vitest';

import type { Page } from '../ui/pages';
import { readOn } from './readOn';

/** A list whose pages have so many each; a cursor is the number of the next page. */
function pages(...sizes: number[]) {
  return vi.fn(async (cursor: string | null): Promise<Page<number>> => {
    const at = Number(cursor ?? 0);
    return { data: Array.from({ length: sizes[at] ?? 0 }, () => at), next_cursor: at + 1 < sizes.length ? String(at + 1) : null };
  });
}

it('short_and_empty_pages_are_read_on_until_there_is_enough', async () => {
  const load = pages(0, 3, 0, 18, 20);
  const page = await readOn(load, null);
  expect([page.data.length, page.next_cursor, load.mock.calls.length]).toEqual([21, '4', 4]);
  expect(await readOn(load, '4')).toMatchObject({ next_cursor: null });
});

it('a_whole_page_is_one_request', async () => {
  const load = pages(20, 20);
  expect((await readOn(load, null)).next_cursor).toBe('1');
  expect(load).toHaveBeenCalledTimes(1);
});

it('a_list_in_which_nothing_fits_is_read_to_its_end', async () => {
  expect(await readOn(pages(0, 0, 0), null)).toEqual({ data: [], next_cursor: null });
});

it('no_click_asks_without_an_end_and_the_next_goes_on_where_it_was', async () => {
  const load = pages(...Array.from({ length: 12 }, () => 0));
  const first = await readOn(load, null);
  expect([first, load.mock.calls.length]).toEqual([{ data: [], next_cursor: '10' }, 10]);
  expect((await readOn(load, first.next_cursor ?? null)).next_cursor).toBe(null);
});

it('what_goes_wrong_on_the_way_is_told', async () => {
  const load = vi.fn(async (cursor: string | null): Promise<Page<number>> => {
    if (cursor) throw new Error('no answer');
    return { data: [], next_cursor: '1' };
  });
  await expect(readOn(load, null)).rejects.toThrow('no answer');
});
