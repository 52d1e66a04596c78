// What went wrong with a request, in one shape: a problem of a function (RFC 9457), a message of the gateway, or no answer.
import { en } from '../strings';

export interface FieldError {
  field: string;
  message: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    message: string,
    readonly errors: readonly FieldError[] = [],
    /** The present state of the task, where a move was refused. */
    readonly state: string | null = null,
  ) {
    super(message);
  }

  /** What is wrong with one field, if that is said. */
  of(field: string): string | undefined {
    return this.errors.find((error) => error.field === field)?.message;
  }

  /** What is wrong with fields that the form does not show. */
  besides(fields: readonly string[]): readonly FieldError[] {
    return this.errors.filter((error) => !fields.includes(error.field));
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    const { field, message } = (one ?? {}) as Record<string, unknown>;
    return typeof field === 'string' && typeof message === 'string' ? [{ field, message }] : [];
  });
}

/** The problem that an answer tells of, whoever sent it. */
export function problemOf(status: number, body: unknown): Problem {
  const { type, title, detail, errors, state, message } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  const kind = (text(type) ?? '').split(':').at(-1) ?? '';
  const said = text(detail) ?? text(title) ?? (status === 403 || status === 401 ? en.problem.refused : text(message));
  return new Problem(status, kind, said ?? en.problem.status(status), fieldErrors(errors), text(state));
}

/** The request got no answer: the network, or the server, is gone. */
export function offline(): Problem {
  return new Problem(0, 'offline', en.problem.offline);
}

/** Whatever was thrown, as a problem. */
export function told(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, 'unexpected', String(error));
}
