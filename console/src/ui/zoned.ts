// Days and hours in a time zone that somebody chose. A day is a text such as 2026-12-01. No DOM.

/** Of one day and no other: noon is on its day by every clock that is put forward or back. */
const noonOf = (day: string): Date => new Date(`${day}T12:00:00Z`);

const written = (day: string, how: Intl.DateTimeFormatOptions): string => noonOf(day).toLocaleDateString('en-GB', { timeZone: 'UTC', ...how });

/** The day that it is in a zone. */
export function dayIn(zone: string, at: number | string): string {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(new Date(at));
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** The time of day that a zone's clocks show. */
export function timeIn(zone: string, at: number | string): string {
  return new Date(at).toLocaleTimeString('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
}

/** What a zone's clocks show, as if it were UTC. */
function shownAt(zone: string, at: number): number {
  return Date.parse(`${dayIn(zone, at)}T${timeIn(zone, at)}:00Z`);
}

const DAY_MS = 86_400_000;

/**
 * The instant of a day and a time of day in a zone, as the API takes them: of a time that comes twice the first, of one that clocks leave out
 * what it would have been before. `null`: they are none.
 */
export function instantOf(zone: string, day: string, time: string): string | null {
  const wanted = Date.parse(`${day}T${time}:00Z`);
  if (!isDay(day) || Number.isNaN(wanted)) return null;
  const [before, after] = [-DAY_MS, DAY_MS].map((by) => wanted - (shownAt(zone, wanted + by) - (wanted + by))) as [number, number];
  const at = [before, after].find((one) => shownAt(zone, one) === wanted) ?? before;
  return new Date(at).toISOString();
}

export function momentIn(zone: string, at: string): string {
  return `${shortDay(dayIn(zone, at))}, ${timeIn(zone, at)}`;
}

export const shortDay = (day: string): string => written(day, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
export const dayAndMonth = (day: string): string => written(day, { day: 'numeric', month: 'short' });
export const weekdayAndDay = (day: string): string => written(day, { weekday: 'short', day: 'numeric', month: 'short' });
export const monthName = (day: string): string => written(day, { month: 'long', year: 'numeric' });

/** Whether a text names a day that there is, in the years that schedules know. */
export function isDay(text: string): boolean {
  if (!/^2[01]\d{2}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** A zone that this browser can tell the time of. */
export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

/** The zones to choose from: the named ones first, each once. */
export function zones(...first: readonly string[]): string[] {
  return [...new Set([...first, 'UTC', ...Intl.supportedValuesOf('timeZone')])];
}
