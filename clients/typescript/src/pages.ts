// Lists as iterators: page after page, by the cursor of each answer.
import type { Call } from './call.js';
import type { Sender } from './client.js';

export interface Paged<Item> {
  data: Item[];
  next_cursor?: string | null;
}

export async function* list<Item>(sender: Sender, call: Call<Paged<Item>>): AsyncGenerator<Item, void, undefined> {
  for (let cursor: string | null = null; ; ) {
    const page: Paged<Item> = await sender.read(cursor === null ? call : call.query('cursor', cursor));
    yield* page.data;
    cursor = page.next_cursor ?? null;
    if (cursor === null) return;
  }
}
