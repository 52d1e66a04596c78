// Which tasks have an article that readers can read. A task has one while it is published, and keeps it while its next text is on the
// way, in whichever open state. There is no list of these: what is published is read, and of what is open the tasks with an article.
import type { State, Task } from '../../api/types';
import { OPEN } from '../queue/filters';

/** Where a list goes on: `undefined` at its beginning, `null` nowhere. */
type Cursor = string | null | undefined;

export interface Live {
  tasks: readonly Task[];
  published: Cursor;
  open: Cursor;
}

export type Page = (states: readonly State[], cursor: Cursor) => Promise<{ data: Task[]; next_cursor?: string | null }>;

export const NONE: Live = { tasks: [], published: undefined, open: undefined };

/** So many pages of what is open are read at once: most of it may have no article. */
const LOOKS = 3;

export const hasMore = ({ published, open }: Live): boolean => published !== null || open !== null;

/** What is known, and what is next in either list. */
export async function goOn(before: Live, page: Page): Promise<Live> {
  const [published, open] = await Promise.all([look(['published'], before.published, 1, page), look(OPEN, before.open, LOOKS, page)]);
  const found = [...open.data.filter((task) => task.live_revision != null), ...published.data];
  // What moved from one list to the other meanwhile is in it once.
  const tasks = new Map([...before.tasks, ...found].map((task) => [task.task_id, task]));
  return { tasks: [...tasks.values()], published: published.cursor, open: open.cursor };
}

async function look(states: readonly State[], cursor: Cursor, most: number, page: Page): Promise<{ data: Task[]; cursor: Cursor }> {
  const data: Task[] = [];
  for (let looks = 0; looks < most && cursor !== null; looks += 1) {
    const read = await page(states, cursor);
    data.push(...read.data);
    cursor = read.next_cursor ?? null;
  }
  return { data, cursor };
}
