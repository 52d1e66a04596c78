// Server-sent events out of bytes (WHATWG HTML, 9.2.6): as much as the API's streams use.

/** A line longer than this is no event of ours. */
const MOST = 4 * 1024 * 1024;

export interface StreamEvent {
  id: string | null;
  name: string;
  data: string;
}

/** Collects bytes until an event is whole. */
export class Parser {
  /** How long to wait before a new connection, where the stream said so. */
  retryMs: number | null = null;
  readonly #decoder = new TextDecoder();
  #unread = '';
  #event: StreamEvent = { id: null, name: '', data: '' };

  /** `false`: the stream sends what is no event of ours. */
  push(bytes: Uint8Array): boolean {
    this.#unread += this.#decoder.decode(bytes, { stream: true });
    return this.#unread.length <= MOST;
  }

  /** The next whole event. One without data is none. */
  next(): StreamEvent | null {
    for (let end = this.#unread.indexOf('\n'); end >= 0; end = this.#unread.indexOf('\n')) {
      const line = this.#unread.slice(0, end).replace(/\r$/, '');
      this.#unread = this.#unread.slice(end + 1);
      if (line !== '') {
        this.#take(line);
        continue;
      }
      const event = this.#event;
      this.#event = { id: null, name: '', data: '' };
      if (event.data !== '') return event;
    }
    return null;
  }

  #take(line: string): void {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id') this.#event.id = value;
    if (field === 'event') this.#event.name = value;
    if (field === 'data') this.#event.data += this.#event.data === '' ? value : `\n${value}`;
    if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
    // A comment keeps the connection open.
  }
}
