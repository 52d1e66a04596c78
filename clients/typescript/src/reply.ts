// What the API answers.
import { Unreadable } from './error.js';

/** An answer of 2xx. */
export class Reply {
  constructor(
    readonly status: number,
    readonly headers: Headers,
    readonly body: Uint8Array<ArrayBuffer>,
  ) {}

  /** The body as JSON, `undefined` where there is none. */
  read<T = unknown>(): T {
    // 204 and 202 may have none.
    if (this.body.length === 0) return undefined as T;
    return parsed(this.body) as T;
  }
}

export function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new Unreadable(cause);
  }
}
