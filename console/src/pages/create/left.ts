// What somebody had typed who followed a link out of the form: it is there when they come back, once.
export interface Left<F> {
  subject: string;
  /** The task that the form was filled in from; `null`: none. */
  from: string | null;
  form: F;
}

/** The form as it was left. Not another person's, and not where the form is to be filled in from another task. */
export function taken<F>(left: Left<F> | null, subject: string, from: string | null): F | null {
  return left !== null && left.subject === subject && (from === null || from === left.from) ? left.form : null;
}
