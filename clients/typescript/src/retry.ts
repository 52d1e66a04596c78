// When a request is sent again, and after how long.
import type { Sendable } from './call.js';
import { NoAnswer, Problem, Refused, type GalleyError } from './error.js';

/** How often and how patiently. Waits have full jitter: anything from nothing to twice as much each time. */
export interface Retries {
  /** Beside the first try. */
  readonly most: number;
  /** The first wait is at most this. */
  readonly firstMs: number;
  /** No wait is longer. An answer that asks for more is an error at once. */
  readonly longestMs: number;
}

export const RETRIES: Retries = { most: 4, firstMs: 200, longestMs: 65_000 };
export const NO_RETRIES: Retries = { most: 0, firstMs: 0, longestMs: 0 };

/** How long to wait before `call` is sent again; `null`: it is not. `jitter` is 0 to 1. */
export function waitBefore(retries: Retries, call: Sendable, error: GalleyError, tried: number, jitter: number): number | null {
  if (tried >= retries.most || !mayRepeat(call, error)) return null;
  const jittered = Math.min(retries.firstMs * 2 ** tried, retries.longestMs) * jitter;
  const asked = error.retryAfterMs;
  if (asked !== null && asked > retries.longestMs) return null;
  // Everybody was told the same time.
  return (asked ?? 0) + jittered;
}

/** Only where the second time cannot be a second effect. */
function mayRepeat(call: Sendable, error: GalleyError): boolean {
  const safely = call.parts.repeats === 'safely';
  if (error instanceof NoAnswer) return error.unsent || safely;
  if (error.is('still-running')) return safely;
  // Refused before anything was done.
  if (error.status === 429) return true;
  const refused = error instanceof Problem || error instanceof Refused;
  return safely && refused && [500, 502, 503, 504].includes(error.status);
}

const DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** What a `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3). */
export function waitOf(text: string | null): number | null {
  const said = text?.trim() ?? '';
  if (/^\d+$/.test(said)) return Number(said) * 1000;
  return DATE.test(said) ? Math.max(0, Date.parse(said) - Date.now()) : null;
}

/** Waits, unless the signal ends it: then it throws the signal's reason. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
