// Times, money and numbers as people read them.
import { en } from '../strings';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, in the largest unit that is not zero. */
export function age(at: string, now: number): string {
  const past = now - Date.parse(at);
  if (past < MINUTE) return en.time.now;
  if (past < HOUR) return en.time.minutes(Math.floor(past / MINUTE));
  if (past < 2 * DAY) return en.time.hours(Math.floor(past / HOUR));
  return en.time.days(Math.floor(past / DAY));
}

/** In the reader's own zone. */
export function local(at: string): string {
  return new Date(at).toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
}

/** For a tooltip: without a doubt about the zone. */
export function utc(at: string): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Dollars, with as many decimals as are needed to see that it was not nothing. */
export function dollars(amount: string): string {
  const value = Number(amount);
  if (value === 0) return '$0';
  if (value < 0.01) return `$${value.toFixed(4)}`;
  return `$${value.toFixed(2)}`;
}

export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

// Made when the first name is asked for: it reads the names of all languages, which the console need not wait for.
let languages: Intl.DisplayNames | undefined;

/** The English name of a language's tag; the tag itself where it has none. */
export function languageName(tag: string): string {
  try {
    languages ??= new Intl.DisplayNames('en', { type: 'language' });
    return languages.of(tag) ?? tag;
  } catch {
    return tag;
  }
}
