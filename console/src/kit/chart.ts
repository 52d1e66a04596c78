// Figures of costs: days, scales and what a month will come to. No DOM.
const DAY_MS = 86_400_000;

/** The day of a moment, as the API counts days: in UTC. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** `day`, moved by so many days. */
export const shifted = (day: string, by: number): string => dayOf(startOf(day) + by * DAY_MS);

/** The days from `from` to `to`, both included. */
export function daysBetween(from: string, to: string): string[] {
  const count = Math.round((startOf(to) - startOf(from)) / DAY_MS) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, nth) => shifted(from, nth));
}

export interface Month {
  /** As `2026-11`. */
  name: string;
  first: string;
  last: string;
}

/** The month of `day`, or the one that began so many months before. */
export function monthOf(day: string, before = 0): Month {
  const [year = 0, month = 1] = day.split('-').map(Number);
  const first = dayOf(Date.UTC(year, month - 1 - before, 1));
  return { name: first.slice(0, 7), first, last: dayOf(Date.UTC(year, month - before, 0)) };
}

interface Line {
  value: string;
  cost_usd: string;
}

/** What each day cost: a day that no line names cost nothing. */
export function daily(lines: readonly Line[], days: readonly string[]): number[] {
  const known = new Map(lines.map(({ value, cost_usd }) => [value, Number(cost_usd)]));
  return days.map((day) => known.get(day) ?? 0);
}

/** The least of 1, 2 and 5 times a power of ten that is no less than `most`. */
export function roundedUp(most: number): number {
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  // A power of ten is not exact below one.
  const step = [1, 2, 5, 10].find((times) => times * power >= most * (1 - 1e-9)) ?? 10;
  return Number((step * power).toPrecision(1));
}

/** How high the chart reaches. A cap is part of it only where bars beside it can still be told from nothing. */
export function scaleOf(values: readonly number[], cap: number | null): { top: number; showsCap: boolean } {
  const most = Math.max(0, ...values);
  const showsCap = cap !== null && cap > 0 && most > 0 && cap <= most * 4;
  return { top: roundedUp(showsCap ? Math.max(most, cap) : most), showsCap };
}

/** So many whole days say how much a day costs at present. */
const LOOKED_AT = 7;

/**
 * What a month will come to, if the days to come cost what the last whole days did on average; `null` where there is none yet.
 *
 * `costs` are those of `days`, which end with today and may begin before the month.
 */
export function forecast(days: readonly string[], costs: readonly number[], today: string): number | null {
  const month = monthOf(today);
  const cost = (day: string): number => costs[days.indexOf(day)] ?? 0;
  const whole = days.filter((day) => day < today).slice(-LOOKED_AT);
  if (whole.length === 0) return null;
  const usual = whole.reduce((sum, day) => sum + cost(day), 0) / whole.length;
  const spent = days.filter((day) => day >= month.first && day <= today).reduce((sum, day) => sum + cost(day), 0);
  // Today is not over: what it still costs is what a usual day has and it has not.
  const rest = Math.max(0, usual - cost(today));
  return spent + rest + usual * (daysBetween(today, month.last).length - 1);
}

/** A share of a whole, of a hundred. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? Math.min(100, (part / whole) * 100) : 0;
}
