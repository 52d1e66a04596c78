// The last answers with an `ETag`, so that what has not changed is not sent again.
import type { Reply } from './reply.js';

/** The oldest leaves first. */
const MOST = 128;
/** A larger answer is not kept. */
const MOST_BYTES = 256 * 1024;

export interface Kept {
  etag: string;
  reply: Reply;
}

export class Cache {
  readonly #kept = new Map<string, Kept>();

  get(url: string): Kept | undefined {
    return this.#kept.get(url);
  }

  put(url: string, reply: Reply): void {
    const etag = reply.headers.get('etag');
    if (etag === null || reply.body.length > MOST_BYTES) return;
    this.#kept.set(url, { etag, reply });
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MOST && !oldest.done) this.#kept.delete(oldest.value);
  }
}
