// Requests that somebody keeps to ask for again: in this browser, for one person.
export interface Saved<F> {
  name: string;
  form: F;
}

const MOST = 20;
const nameOf = (subject: string): string => `galley.requests.${subject}`;

/** What was saved, as far as it has the shape of `usual`: a field of an older console, or of nobody's making, is left out. */
export function readSaved<F extends object>(storage: Storage, subject: string, usual: F): Saved<F>[] {
  try {
    const all: unknown = JSON.parse(storage.getItem(nameOf(subject)) ?? '[]');
    return (Array.isArray(all) ? all : []).flatMap((one: unknown) => {
      const { name, form } = Object(one) as Record<string, unknown>;
      const fields = Object.entries(usual).map(([key, value]): [string, unknown] => {
        const kept = (Object(form) as Record<string, unknown>)[key];
        return [key, typeof kept === typeof value ? kept : value];
      });
      return typeof name === 'string' ? [{ name, form: Object.fromEntries(fields) as F }] : [];
    });
  } catch {
    return [];
  }
}

function write<F>(storage: Storage, subject: string, all: Saved<F>[]): Saved<F>[] {
  try {
    storage.setItem(nameOf(subject), JSON.stringify(all));
  } catch {
    // Without room it lasts as long as the page.
  }
  return all;
}

/** Keeps a request first in the list; one of the same name is replaced, the oldest of too many goes. */
export function saveRequest<F>(storage: Storage, subject: string, all: Saved<F>[], one: Saved<F>): Saved<F>[] {
  return write(storage, subject, [one, ...all.filter((kept) => kept.name !== one.name)].slice(0, MOST));
}

export function forgetRequest<F>(storage: Storage, subject: string, all: Saved<F>[], name: string): Saved<F>[] {
  return write(storage, subject, all.filter((kept) => kept.name !== name));
}
