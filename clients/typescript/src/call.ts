// A request, by its operation in the API's document: method, path and whether it may be repeated follow from that.
import { routes, type Operation } from './routes.js';
import type { operations } from './schema.js';

export type { Operation } from './routes.js';

type Json<Content> = Content extends { content: { 'application/json': infer Body } } ? Body : undefined;
type Responses<Name extends Operation> = operations[Name]['responses'];

/** What an operation answers. A field or a value may be newer than these types: treat what you do not know as unknown. */
export type Answer<Name extends Operation> = Json<Responses<Name>[Extract<keyof Responses<Name>, 200 | 201 | 202 | 204>]>;

type Taken<Name extends Operation> = NonNullable<operations[Name]['requestBody']>;

/** What an operation takes as its body. */
export type Body<Name extends Operation> = [Taken<Name>] extends [never]
  ? undefined
  : Taken<Name> extends { content: { 'application/json': infer Json } }
    ? Json
    : unknown;

/** Whether a request whose answer was lost may be sent once more: `safely` where the second time has no second effect. */
export type Repeats = 'safely' | 'never';

interface Parts {
  method: string;
  path: string;
  /** Whether each value is a segment of its path. */
  fits: boolean;
  query: readonly (readonly [string, string])[];
  headers: readonly (readonly [string, string])[];
  body: string | Uint8Array<ArrayBuffer> | null;
  idempotencyKey: string | null;
  repeats: Repeats;
}

/** A request that can be sent, and sent again. `Answered` is what comes of it. */
export class Call<Answered = unknown, Takes = unknown> {
  /** Keeps the type of the answer; nothing is stored. */
  declare readonly answered: Answered;

  private constructor(readonly parts: Readonly<Parts>) {}

  /** `values` fill the names of the operation's path, in their order. A create gets an idempotency key of its own. */
  static to<Name extends Operation>(operation: Name, ...values: string[]): Call<Answer<Name>, Body<Name>> {
    const route = routes[operation];
    return new Call({
      ...bare(route.method, filled(route.path, values)),
      fits: values.every(fits),
      idempotencyKey: route.takesKey ? crypto.randomUUID() : null,
      repeats: route.repeatable ? 'safely' : 'never',
    });
  }

  /** Any request. One of a route that is newer than this client is repeated only if it reads. */
  static raw(method: string, path: string): Call {
    const upper = method.toUpperCase();
    const operation = at(upper === 'HEAD' ? 'GET' : upper, path.split('?')[0] ?? '');
    const known = operation === undefined ? bare(upper, path) : Call.to(operation).parts;
    return new Call({ ...known, method: upper, path });
  }

  query(name: string, value: string): Call<Answered, Takes> {
    return this.with({ query: [...this.parts.query, [name, value]] });
  }

  header(name: string, value: string): Call<Answered, Takes> {
    return this.with({ headers: [...this.parts.headers, [name.toLowerCase(), value]] });
  }

  /** A key of the caller's own: the same key and body give the first answer again, also from another process. */
  idempotencyKey(key: string): Call<Answered, Takes> {
    return this.with({ idempotencyKey: key, repeats: 'safely' });
  }

  /** Only if the task is still at `version`; otherwise the answer is 412. */
  ifVersion(version: number): Call<Answered, Takes> {
    return this.header('if-match', `"${version}"`);
  }

  json(body: Takes): Call<Answered, Takes> {
    return this.with({ body: JSON.stringify(body) });
  }

  /** JSON that is written already: a webhook is sent byte for byte as it was signed. */
  bytes(body: string | Uint8Array<ArrayBuffer>): Call<Answered, Takes> {
    return this.with({ body });
  }

  private with(changed: Partial<Parts>): Call<Answered, Takes> {
    return new Call({ ...this.parts, ...changed });
  }
}

/** A call as it is sent, whatever its body was. */
export type Sendable<Answered = unknown> = Pick<Call<Answered>, 'parts' | 'answered'>;

function bare(method: string, path: string): Parts {
  const repeats = method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? 'safely' : 'never';
  return { method, path, fits: true, query: [], headers: [], body: null, idempotencyKey: null, repeats };
}

/** The operation that a path leads to; a name of a route stands for any one segment, and a route without names wins. */
function at(method: string, path: string): Operation | undefined {
  const asked = path.split('/');
  const leads = (pattern: string): boolean => {
    const segments = pattern.split('/');
    return (
      segments.length === asked.length && segments.every((one, at) => one === asked[at] || (one.startsWith('{') && asked[at] !== ''))
    );
  };
  const names = (pattern: string): number => pattern.split('{').length;
  return (Object.keys(routes) as Operation[])
    .filter((name) => routes[name].method === method && leads(routes[name].path))
    .sort((one, other) => names(routes[one].path) - names(routes[other].path))[0];
}

/** `.` and `..` lead elsewhere, also where they are escaped, and nothing leads to the list. */
function fits(value: string): boolean {
  return !['', '.', '..'].includes(value);
}

function filled(pattern: string, values: readonly string[]): string {
  const left = [...values];
  const segments = pattern.split('/').map((segment) => {
    const value = segment.startsWith('{') ? left.shift() : undefined;
    return value === undefined ? segment : encodeURIComponent(value).replace(/[!'()*]/g, escaped);
  });
  return segments.join('/');
}

/** RFC 3986 reserves these, and `encodeURIComponent` leaves them. */
function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
