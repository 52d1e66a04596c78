// Text that was typed and not saved, kept on this device: for one person, one task and one revision. Gone at sign-out, and after
// seven days.
export interface Kept {
  title: string;
  excerpt: string;
  text: string;
  /** As what the text was typed. `null`: an older version of the console kept it, which went by its revision. */
  form: 'markdown' | 'html' | null;
  at: number;
}

/** A text that was kept, and the revision that it began with. */
export interface Found {
  revision: number;
  kept: Kept;
}

const PREFIX = 'galley.draft.';
const DAYS_7 = 7 * 24 * 3_600_000;

export function nameOf(subject: string, task: string, revision: number): string {
  return `${PREFIX}${subject}/${task}/${revision}`;
}

/** Reads what was kept, unless it is too old or no text of ours. */
export function readKept(storage: Storage, name: string, now: number): Kept | null {
  const kept = parsed(storage.getItem(name));
  return kept !== null && now - kept.at <= DAYS_7 ? kept : null;
}

function parsed(text: string | null): Kept | null {
  try {
    const { title, excerpt, text: body, form, at } = JSON.parse(text ?? 'null') as Record<string, unknown>;
    const whole = typeof title === 'string' && typeof excerpt === 'string' && typeof body === 'string' && typeof at === 'number';
    return whole ? { title, excerpt, text: body, form: form === 'markdown' || form === 'html' ? form : null, at } : null;
  } catch {
    return null;
  }
}

/** The text that somebody last typed for a task, whichever revision it began with: another may have been saved since. */
export function lastKept(storage: Storage, subject: string, task: string, now: number): Found | null {
  const prefix = `${PREFIX}${subject}/${task}/`;
  const found = names(storage).flatMap((name): Found[] => {
    const revision = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    const kept = /^\d+$/.test(revision) ? readKept(storage, name, now) : null;
    return kept === null ? [] : [{ revision: Number(revision), kept }];
  });
  return found.sort((one, other) => other.kept.at - one.kept.at)[0] ?? null;
}

/** Keeps a text under the revision that it goes on from now. Where there is no room for it, what was kept before stays. */
export function keepAnew(storage: Storage, before: string, name: string, kept: Kept): boolean {
  if (!keep(storage, name, kept)) return false;
  if (before !== name) storage.removeItem(before);
  return true;
}

/** `false`: there was no room, and the text is in the page alone. */
export function keep(storage: Storage, name: string, kept: Kept): boolean {
  try {
    storage.setItem(name, JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

function names(storage: Storage): string[] {
  return Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? '').filter((name) => name.startsWith(PREFIX));
}

export function forgetOld(storage: Storage, now: number): void {
  for (const name of names(storage)) if (readKept(storage, name, now) === null) storage.removeItem(name);
}

/** How often it is looked for what is too old: a page may stay open for weeks. */
const HOUR = 3_600_000;

/** Forgets what is too old, now and as long as the page is open, whether anybody edits or not. */
export function forgetInTime(): void {
  const forget = () => {
    try {
      forgetOld(localStorage, Date.now());
    } catch {
      // Without storage nothing was kept.
    }
  };
  forget();
  setInterval(forget, HOUR);
}

export function forgetAll(storage: Storage): void {
  for (const name of names(storage)) storage.removeItem(name);
}
