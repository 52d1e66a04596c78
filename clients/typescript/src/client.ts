// Sends requests: credentials, retries, problems and the cache.
import { Cache } from './cache.js';
import type { Sendable } from './call.js';
import { AddressError, GalleyError, NoAnswer, Problem, Refused, TooLong, type ProblemBody } from './error.js';
import { parsed, Reply } from './reply.js';
import { RETRIES, sleep, waitBefore, waitOf, type Retries } from './retry.js';

/** The API version that this client speaks. */
const API_VERSION = '2026-11-20';
/** A gateway gives a function at most thirty seconds. */
const WHOLE_MS = 35_000;
/** An article has at most 200 KiB, a page a hundred of what a list shows. */
const MOST_BYTES = 32 * 1024 * 1024;

export interface Options {
  /** An API key or a token. */
  readonly token?: string;
  /**
   * Where streams are, if elsewhere: the output `StreamUrl` of a deployment. Without it a task is polled, except on this machine.
   */
  readonly streams?: string;
  readonly retries?: Retries;
  /** Ends whatever the client does, by the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What sends; `Client` has names for what most programs send. */
export class Sender {
  readonly base: URL;
  readonly streams: URL | null;
  readonly retries: Retries;
  readonly signal: AbortSignal | undefined;
  /** Not to be seen by whoever prints a client. */
  readonly #options: Options;
  #cache = new Cache();

  constructor(
    readonly url: string,
    options: Options = {},
  ) {
    this.#options = options;
    this.base = address(url);
    const streams = options.streams === undefined ? null : address(options.streams);
    const insecure = [this.base, streams].some((one) => one !== null && one.protocol !== 'https:' && !isThisMachine(one));
    if (options.token !== undefined && insecure) throw new AddressError('insecure');
    this.streams = streams ?? (isThisMachine(this.base) ? this.base : null);
    this.retries = options.retries ?? RETRIES;
    this.signal = options.signal;
  }

  /** The same client, with the same cache, that ends by `signal`. */
  until(signal: AbortSignal): this {
    const signals = this.signal === undefined ? [signal] : [this.signal, signal];
    const Same = this.constructor as new (url: string, options: Options) => this;
    const same = new Same(this.url, { ...this.#options, signal: AbortSignal.any(signals) });
    same.#cache = this.#cache;
    return same;
  }

  /** Sends `call`, again where that is safe, and reads the whole answer. Throws whatever is not 2xx, after the last try. */
  async send(call: Sendable): Promise<Reply> {
    let mayBeDone = false;
    for (let tried = 0; ; tried += 1) {
      const error = await this.#once(call).catch((thrown: unknown) => failure(thrown));
      if (error instanceof Reply) return error;
      // The first one removed it, and its answer was lost.
      if (mayBeDone && call.parts.method === 'DELETE' && error.is('not-found')) {
        return new Reply(204, new Headers(), new Uint8Array());
      }
      mayBeDone ||= error.mayBeDone();
      const wait = waitBefore(this.retries, call, error, tried, Math.random());
      if (wait === null) throw error;
      await sleep(wait, this.signal);
    }
  }

  /** What `call` answers. */
  async read<T>(call: Sendable<T>): Promise<T> {
    return (await this.send(call)).read<T>();
  }

  async #once(call: Sendable): Promise<Reply> {
    const url = addressOf(this.base, call);
    const kept = call.parts.method === 'GET' ? this.#cache.get(url) : undefined;
    const over = timer(WHOLE_MS, this.signal);
    try {
      const response = await this.fetched(call, url, over.signal, kept === undefined ? {} : { 'if-none-match': kept.etag });
      if (kept !== undefined && response.status === 304) return kept.reply;
      const reply = new Reply(response.status, response.headers, await this.whole(response));
      if (!response.ok) throw refusal(response, reply.body);
      if (call.parts.method === 'GET') this.#cache.put(url, reply);
      return reply;
    } finally {
      over.clear();
    }
  }

  /** One request, whose answer is still to be read. */
  async fetched(call: Sendable, url: string, signal: AbortSignal, more: Record<string, string>): Promise<Response> {
    const { method, body, idempotencyKey } = call.parts;
    const headers = new Headers(more);
    for (const [name, value] of call.parts.headers) headers.append(name, value);
    headers.set('api-version', API_VERSION);
    if (this.#options.token !== undefined) headers.set('authorization', `Bearer ${this.#options.token}`);
    if (idempotencyKey !== null) headers.set('idempotency-key', idempotencyKey);
    if (body !== null) headers.set('content-type', 'application/json');
    try {
      // The cache here knows what has changed; a key goes nowhere else.
      return await fetch(url, { method, headers, body, signal, redirect: 'manual', cache: 'no-store', credentials: 'omit' });
    } catch (cause) {
      this.signal?.throwIfAborted();
      throw new NoAnswer(this.base.host, isUnsent(cause), cause);
    }
  }

  async whole(response: Response): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for (const reader = response.body?.getReader(); reader !== undefined; ) {
        const { done, value } = await reader.read();
        if (done) break;
        length += value.length;
        chunks.push(value);
        if (length > MOST_BYTES) {
          await reader.cancel();
          throw new TooLong(MOST_BYTES);
        }
      }
    } catch (cause) {
      if (cause instanceof GalleyError) throw cause;
      this.signal?.throwIfAborted();
      throw new NoAnswer(this.base.host, false, cause);
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}

/** A signal that fires after `ms`, or with another one. */
export function timer(ms: number, signal?: AbortSignal): { signal: AbortSignal; clear: () => void } {
  const over = new AbortController();
  const id = setTimeout(() => over.abort(new Error(`nothing came for ${ms / 1000} seconds`)), ms);
  const signals = signal === undefined ? [over.signal] : [over.signal, signal];
  return { signal: AbortSignal.any(signals), clear: () => clearTimeout(id) };
}

/** What the loop of `send` judges; anything else, such as a signal's reason, is thrown on. */
export function failure(thrown: unknown): GalleyError {
  if (thrown instanceof GalleyError) return thrown;
  throw thrown;
}

/** What is not 2xx: a problem where it is one. */
export function refusal(response: Response, body: Uint8Array): GalleyError {
  const retryAfterMs = waitOf(response.headers.get('retry-after'));
  const said = attempted(body);
  if (isProblem(said)) return new Problem(said, retryAfterMs);
  const message = (said as { message?: unknown } | null)?.message;
  // A browser shows nothing of an answer that leads elsewhere.
  const status = response.type === 'opaqueredirect' ? 302 : response.status;
  return new Refused(status, typeof message === 'string' ? message : response.statusText, retryAfterMs);
}

function isProblem(said: unknown): said is ProblemBody {
  if (typeof said !== 'object' || said === null) return false;
  const { type, title, status, request_id } = said as Record<string, unknown>;
  return typeof type === 'string' && typeof title === 'string' && typeof status === 'number' && typeof request_id === 'string';
}

function attempted(body: Uint8Array): unknown {
  try {
    return parsed(body);
  } catch {
    return null;
  }
}

/** Node says where a connection was never made; a browser does not, so there nothing is known to be unsent. */
function isUnsent(cause: unknown): boolean {
  const codes = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];
  return codes.includes((cause as { cause?: { code?: string } }).cause?.code ?? '');
}

/** Under `base`, whose path stays. */
export function addressOf(base: URL, call: Sendable): string {
  const { path, fits, query } = call.parts;
  if (!fits) throw new AddressError('segment');
  const at = path.indexOf('?');
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, '')}${at < 0 ? path : path.slice(0, at)}`;
  url.search = at < 0 ? '' : path.slice(at);
  for (const [name, value] of query) url.searchParams.append(name, value);
  return url.href;
}

function address(text: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw new AddressError('url');
  if (/[?#]/.test(text) || url.username !== '' || url.password !== '') throw new AddressError('extra');
  return url;
}

function isThisMachine(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);
}
