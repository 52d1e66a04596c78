// What can go wrong, by what a caller does next.
import type { components } from './schema.js';

export type ProblemBody = components['schemas']['Problem'];
export type FieldError = components['schemas']['FieldError'];
export type HeldBy = components['schemas']['HeldBy'];

/** Whatever this client throws. */
export abstract class GalleyError extends Error {
  /** The answer's status, where there was an answer. */
  abstract readonly status: number | null;
  /** How long to wait before another try, where the answer says so. */
  readonly retryAfterMs: number | null = null;

  /** Whether it is a problem of this kind, e.g. `rate-limited`. */
  is(kind: string): this is Problem {
    return this instanceof Problem && this.kind === kind;
  }

  /**
   * Whether another credential is needed, or any. A gateway says 403 of a key that it does not know, and that is no problem of the API; a role
   * that is too low is one.
   */
  isAboutCredentials(): boolean {
    return (this instanceof Refused && this.status === 403) || (this.status === 401 && !this.is('signature-invalid'));
  }

  /** Whether the request may have been done although this came of it. */
  mayBeDone(): boolean {
    return this instanceof NoAnswer ? !this.unsent : this.status !== null && this.status >= 500;
  }
}

/** The API refused (RFC 9457). */
export class Problem extends GalleyError {
  override readonly name = 'Problem';
  readonly kind: string;
  readonly status: number;
  /** The fields that break a rule. */
  readonly fields: readonly FieldError[];
  readonly blockers: readonly HeldBy[];
  readonly requestId: string;

  constructor(
    readonly body: ProblemBody,
    override readonly retryAfterMs: number | null,
  ) {
    super(typeof body.detail === 'string' ? `${body.title}: ${body.detail}` : body.title);
    this.kind = body.type.replace(/^urn:galley:problem:/, '');
    this.status = body.status;
    this.fields = body.errors ?? [];
    this.blockers = body.blockers ?? [];
    this.requestId = body.request_id;
  }
}

/** Something before the functions answered, or something that is not Galley. */
export class Refused extends GalleyError {
  override readonly name = 'Refused';

  constructor(
    readonly status: number,
    said: string,
    override readonly retryAfterMs: number | null = null,
  ) {
    super(`${status}: ${said}`);
  }
}

/** No answer came. Whether the request had an effect is unknown, unless it is known to be `unsent`. */
export class NoAnswer extends GalleyError {
  override readonly name = 'NoAnswer';
  readonly status = null;

  constructor(
    readonly host: string,
    readonly unsent: boolean,
    cause: unknown,
  ) {
    super(`no answer from ${host}`, { cause });
  }
}

/** The answer is not what the API promises. */
export class Unreadable extends GalleyError {
  override readonly name = 'Unreadable';
  readonly status = null;

  constructor(cause?: unknown) {
    super('the answer is not what the API promises', { cause });
  }
}

export class TooLong extends GalleyError {
  override readonly name = 'TooLong';
  readonly status = null;

  constructor(bytes: number) {
    super(`the answer is over ${bytes} bytes`);
  }
}

/** An answer of 2xx in the place of a stream: it is something else that answers there. */
export class NoStream extends GalleyError {
  override readonly name = 'NoStream';
  readonly status = null;

  constructor(host: string) {
    super(`${host} answers with no stream of events`);
  }
}

const ADDRESS = {
  url: 'the address must be a URL such as https://api.example.com',
  extra: 'the address must not carry credentials, a query or a fragment',
  segment: 'what is named in a path must not be empty, . or ..',
  insecure: 'a key is sent by https alone, or to this machine',
} as const;

export class AddressError extends GalleyError {
  override readonly name = 'AddressError';
  readonly status = null;

  constructor(readonly rule: keyof typeof ADDRESS) {
    super(ADDRESS[rule]);
  }
}

/** `waitUntil` ran out of time. */
export class StillWaiting extends GalleyError {
  override readonly name = 'StillWaiting';
  readonly status = null;

  constructor(
    readonly taskStatus: string,
    readonly afterMs: number,
  ) {
    super(`the task is still ${taskStatus} after ${afterMs / 1000} ${afterMs === 1000 ? 'second' : 'seconds'}`);
  }
}
