// When a schedule is due, in words. No DOM.
import type { Rule } from '../../api/types';
import { shortDay } from '../../ui/zoned';
import { words } from './strings';

const said = words.rule;
/** The days of the week in their order, which the API's list need not have. */
const WEEK = Object.keys(words.weekdays) as (keyof typeof words.weekdays)[];
const WORKDAYS = WEEK.slice(0, 5).join();

function days(rule: Rule): string {
  switch (rule.repeat) {
    case 'once':
      return said.once(rule.date ? shortDay(rule.date) : '');
    case 'daily':
      return said.daily;
    case 'weekly': {
      const chosen = WEEK.filter((day) => rule.weekdays?.includes(day));
      if (chosen.length === WEEK.length) return said.daily;
      return chosen.join() === WORKDAYS ? said.workdays : said.weekly(listed(chosen.map((day) => words.weekdays[day])));
    }
    case 'monthly':
      return said.monthly(rule.day ?? 1);
  }
}

/** One, two and three. */
export function listed(all: readonly string[]): string {
  return all.length < 2 ? all.join() : `${all.slice(0, -1).join(', ')}${said.and}${all.at(-1)}`;
}

export function inWords(rule: Rule): string {
  return `${days(rule)} ${said.at(rule.at, rule.zone)}`;
}

/** From when, until when and how often; what it is not due on. `null`: it says nothing of that. */
export function bounds({ start, end, count, except }: Rule, today: string): string | null {
  const all = [
    start && start > today && said.from(shortDay(start)),
    end && said.until(shortDay(end)),
    count && said.times(count),
    except && except.length > 0 && said.except(except.length),
  ].filter(Boolean);
  return all.length > 0 ? all.join(', ') : null;
}

/** An occurrence as its own zone's clocks show it. */
export const occurrenceInWords = (occurrence: string): string => `${shortDay(occurrence.slice(0, 10))}, ${occurrence.slice(11)}`;
