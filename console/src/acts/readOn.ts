// A list whose pages may be short, read on until there is something to show.
import type { Page } from '../ui/pages';

/** As many as one page has where nothing is chosen. */
const ENOUGH = 20;
/** Of the 30 requests that an admin has in a minute. */
const PAGES = 10;

/** One page of as many of the API's as it takes to have enough, to come to the end, or to have asked often enough. */
export async function readOn<T>(load: (cursor: string | null) => Promise<Page<T>>, cursor: string | null): Promise<Page<T>> {
  const data: T[] = [];
  let next = cursor;
  for (let asked = 0; asked < PAGES; asked += 1) {
    const page = await load(next);
    data.push(...page.data);
    next = page.next_cursor ?? null;
    if (next === null || data.length >= ENOUGH) break;
  }
  return { data, next_cursor: next };
}
