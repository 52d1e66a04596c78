// Which days a calendar shows, and where its keys lead. All of it is in the address, so that a view can be kept as a bookmark. No DOM.
import { daysBetween, monthOf, shifted } from '../../kit/chart';
import type { CalendarEntry } from '../../api/types';
import { address } from '../../router';
import { isDay, isZone } from '../../ui/zoned';

export type View = 'month' | 'week';

export interface Shown {
  view: View;
  /** The day that the keyboard is on; its month or week is what is shown. */
  day: string;
  /** Whose days they are. */
  zone: string;
}

const WEEK = 7;

/** How far a day is from its week's Monday. */
const weekday = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % WEEK;

export function weekOf(day: string): string[] {
  const monday = shifted(day, -weekday(day));
  return daysBetween(monday, shifted(monday, WEEK - 1));
}

/** The weeks that a month's days are in, whole. */
export function weeksOf(day: string): string[][] {
  const { first, last } = monthOf(day);
  const all = daysBetween(weekOf(first)[0] ?? first, weekOf(last).at(-1) ?? last);
  return Array.from({ length: all.length / WEEK }, (_, nth) => all.slice(nth * WEEK, (nth + 1) * WEEK));
}

export const gridOf = ({ view, day }: Shown): string[][] => (view === 'week' ? [weekOf(day)] : weeksOf(day));

/** The same day so many months on; the last of a month that has fewer. */
export function byMonths(day: string, by: number): string {
  const { first, last } = monthOf(day, -by);
  const wanted = `${first.slice(0, 8)}${day.slice(8)}`;
  return wanted > last ? last : wanted;
}

/** What is before or after what is shown. */
export function turned({ view, day, ...rest }: Shown, by: 1 | -1): Shown {
  return { ...rest, view, day: view === 'week' ? shifted(day, by * WEEK) : byMonths(day, by) };
}

/** Where a key leads; `null`: it is none of the calendar's. */
export function dayAfter(key: string, shown: Shown): string | null {
  const { day } = shown;
  switch (key) {
    case 'ArrowLeft':
      return shifted(day, -1);
    case 'ArrowRight':
      return shifted(day, 1);
    case 'ArrowUp':
      return shifted(day, -WEEK);
    case 'ArrowDown':
      return shifted(day, WEEK);
    case 'Home':
      return weekOf(day)[0] ?? day;
    case 'End':
      return weekOf(day).at(-1) ?? day;
    case 'PageUp':
      return turned(shown, -1).day;
    case 'PageDown':
      return turned(shown, 1).day;
    default:
      return null;
  }
}

export function read(query: URLSearchParams, today: (zone: string) => string, usual: string): Shown {
  const asked = query.get('zone') ?? '';
  const zone = isZone(asked) ? asked : usual;
  const day = query.get('day') ?? '';
  return { view: query.get('view') === 'week' ? 'week' : 'month', day: isDay(day) ? day : today(zone), zone };
}

export const link = ({ view, day, zone }: Shown): string => address(['calendar'], { day, view: view === 'week' ? view : null, zone });

interface Placed {
  date: string;
}

/** What an entry's element is called. */
export const entryId = ({ kind, at, task_id, schedule_id }: CalendarEntry): string => `${kind}-${task_id ?? schedule_id ?? ''}-${at}`;

/** The entries of several calendars, each once, in their order. */
export function together(calendars: Iterable<{ data: readonly CalendarEntry[] }>): CalendarEntry[] {
  const all = new Map<string, CalendarEntry>();
  for (const { data } of calendars) for (const entry of data) all.set(entryId(entry), entry);
  return [...all.values()].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

/**
 * The entry after or before the one that has the keyboard. Where none has: the first from `day` on, or the last before it. `entries` are
 * in their order.
 */
export function neighbour<E extends Placed>(entries: readonly E[], current: E | null, day: string, by: 1 | -1): E | null {
  const at = current === null ? -1 : entries.indexOf(current);
  if (at >= 0) return entries[at + by] ?? current;
  return (by === 1 ? entries.find(({ date }) => date >= day) : entries.findLast(({ date }) => date < day)) ?? null;
}
