// Signatures: of callbacks that come in (Standard Webhooks), and of webhooks that are sent to Galley in each of its schemes.

/** How far a timestamp may lie from now, on either side. */
const TOLERANCE_S = 300;
const LEAST_BYTES = 16;

const REASONS = {
  secret: 'the secret is no base64, or has less than 16 bytes',
  'missing-header': 'a header of the signature is missing',
  'malformed-timestamp': 'the timestamp must be a Unix time in whole seconds',
  stale: 'the timestamp is more than 300 seconds from now',
  mismatch: 'no signature matches the body',
  'no-event': 'the body is no event',
} as const;

export class WebhookError extends Error {
  override readonly name = 'WebhookError';

  constructor(readonly reason: keyof typeof REASONS) {
    super(REASONS[reason]);
  }
}

/** An event whose signature matched. */
export interface Callback {
  /** The same at every try: whoever has seen it does nothing. */
  readonly id: string;
  /** `task.` and the state that the task came to. */
  readonly kind: string;
  readonly data: unknown;
}

/** How headers are looked at: those of `fetch`, or a function that says what a header has. */
export type HeadersLike = { get(name: string): string | null } | ((name: string) => string | null | undefined);

/** Checks what Galley sends to a `callback_url`. */
export class Verifier {
  readonly #keys: readonly Uint8Array<ArrayBuffer>[];

  /** The secrets of `GET /api/admin/callback-secret`: the one in force and, during a rotation, the one before. */
  constructor(...secrets: string[]) {
    this.#keys = secrets.map(standardKey);
    if (this.#keys.length === 0) throw new WebhookError('secret');
  }

  /**
   * Reads an event after its signature matches. `body` is what came, byte for byte. Throws a `WebhookError`; answer 401 to all but
   * `no-event`.
   */
  async verify(headers: HeadersLike, body: string | Uint8Array<ArrayBuffer>, now = new Date()): Promise<Callback> {
    const needed = (name: string): string => {
      const value = typeof headers === 'function' ? headers(name) : headers.get(name);
      if (value === null || value === undefined || value === '') throw new WebhookError('missing-header');
      return value;
    };
    const [id, timestamp, signatures] = [needed('webhook-id'), needed('webhook-timestamp'), needed('webhook-signature')];
    if (!/^\d{1,19}$/.test(timestamp)) throw new WebhookError('malformed-timestamp');
    if (Math.abs(Math.floor(now.getTime() / 1000) - Number(timestamp)) > TOLERANCE_S) throw new WebhookError('stale');
    const given = signatures.split(' ').flatMap((one) => (one.startsWith('v1,') ? (decoded(one.slice(3)) ?? []) : []));
    const signed = joined(id, '.', timestamp, '.', body);
    let matches = false;
    for (const bytes of this.#keys) {
      const key = await imported(bytes);
      // In constant time.
      for (const one of given) matches = (await crypto.subtle.verify('HMAC', key, one, signed)) || matches;
    }
    if (!matches) throw new WebhookError('mismatch');
    return { id, ...eventOf(body) };
  }
}

function eventOf(body: string | Uint8Array): { kind: string; data: unknown } {
  try {
    const event = JSON.parse(typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
    const { type, data } = event as Record<string, unknown>;
    if (typeof type === 'string' && data !== undefined) return { kind: type, data };
  } catch {
    // Said below.
  }
  throw new WebhookError('no-event');
}

/** How a source of webhooks signs. */
export type Scheme = 'galley' | 'standard' | 'stripe' | 'github';
export const SCHEMES: readonly Scheme[] = ['galley', 'standard', 'stripe', 'github'];

/** The headers that prove `body`. `id` is what `standard` signs beside it. */
export async function sign(
  scheme: Scheme,
  secret: string,
  id: string,
  at: Date,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<Record<string, string>> {
  const time = String(Math.floor(at.getTime() / 1000));
  const bytes = scheme === 'standard' ? standardKey(secret) : new TextEncoder().encode(secret);
  if (bytes.length < LEAST_BYTES) throw new WebhookError('secret');
  const key = await imported(bytes);
  const mac = async (...parts: (string | Uint8Array)[]) => new Uint8Array(await crypto.subtle.sign('HMAC', key, joined(...parts)));
  switch (scheme) {
    case 'galley':
      return { 'x-webhook-timestamp': time, 'x-webhook-signature': hex(await mac(time, '.', body)) };
    case 'standard': {
      const signature = btoa(String.fromCharCode(...(await mac(id, '.', time, '.', body))));
      return { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` };
    }
    case 'stripe':
      return { 'stripe-signature': `t=${time},v1=${hex(await mac(time, '.', body))}` };
    case 'github':
      return { 'x-hub-signature-256': `sha256=${hex(await mac(body))}` };
  }
}

function standardKey(secret: string): Uint8Array<ArrayBuffer> {
  const key = decoded(secret.trim().replace(/^whsec_/, ''));
  if (key === null || key.length < LEAST_BYTES) throw new WebhookError('secret');
  return key;
}

/** `null`: it is no base64 as RFC 4648 has it. `atob` takes more. */
function decoded(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text);
    return btoa(binary) === text ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

function imported(key: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
}

function joined(...parts: (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const bytes = parts.map((part) => (typeof part === 'string' ? new TextEncoder().encode(part) : part));
  const whole = new Uint8Array(bytes.reduce((length, one) => length + one.length, 0));
  let at = 0;
  for (const one of bytes) {
    whole.set(one, at);
    at += one.length;
  }
  return whole;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
