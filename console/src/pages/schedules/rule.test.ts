import { expect, it } from 'vitest';

import type { Rule } from '../../api/types';
import { bounds, inWords, listed, occurrenceInWords } from './rule';

const rule = (more: Partial<Rule>): Rule => ({ repeat: 'daily', at: '09:00', zone: 'Europe/Berlin', ...more }) as Rule;

it('a_rule_is_told_as_people_say_it', () => {
  expect([
    inWords(rule({})),
    inWords(rule({ repeat: 'weekly', weekdays: ['thu', 'mon'] })),
    inWords(rule({ repeat: 'weekly', weekdays: ['fri', 'mon', 'tue', 'wed', 'thu'] })),
    inWords(rule({ repeat: 'weekly', weekdays: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] })),
    inWords(rule({ repeat: 'monthly', day: 1 })),
    inWords(rule({ repeat: 'monthly', day: 12 })),
    inWords(rule({ repeat: 'monthly', day: 30 })),
    inWords(rule({ repeat: 'monthly', day: 31, zone: 'UTC' })),
  ]).toEqual([
    'Every day at 09:00 (Europe/Berlin)',
    'Every Monday and Thursday at 09:00 (Europe/Berlin)',
    'Monday to Friday at 09:00 (Europe/Berlin)',
    'Every day at 09:00 (Europe/Berlin)',
    'On the 1st of each month at 09:00 (Europe/Berlin)',
    'On the 12th of each month at 09:00 (Europe/Berlin)',
    'On the 30th of each month, or its last day at 09:00 (Europe/Berlin)',
    'On the last day of each month at 09:00 (UTC)',
  ]);
  expect(inWords(rule({ repeat: 'once', date: '2026-12-24' }))).toMatch(/^Once, on Thu,? 24 Dec 2026 at 09:00/);
});

it('what_a_rule_is_bounded_by_is_told_where_it_is', () => {
  expect(bounds(rule({ start: '2026-11-01' }), '2026-11-28')).toBe(null);
  expect(bounds(rule({ start: '2026-12-01', count: 1, except: ['2026-12-24', '2026-12-25'] }), '2026-11-28')).toMatch(/^from Tue,? 1 Dec 2026, 1 time in all, but for 2 days$/);
  expect(bounds(rule({ end: '2027-01-31' }), '2026-11-28')).toMatch(/^until Sun,? 31 Jan 2027$/);
});

it('an_occurrence_is_told_by_its_own_clocks', () => {
  // A time that no clock shows: it is the occurrence's name all the same.
  expect(occurrenceInWords('2026-03-29T02:30')).toMatch(/^Sun,? 29 Mar 2026, 02:30$/);
});

it('a_list_is_read_as_one_is_spoken', () => {
  expect([listed([]), listed(['one']), listed(['one', 'two']), listed(['one', 'two', 'three'])]).toEqual(['', 'one', 'one and two', 'one, two and three']);
});
