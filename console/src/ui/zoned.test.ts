import { expect, it } from 'vitest';

import { dayIn, isDay, momentIn, shortDay, timeIn, zones } from './zoned';

it('a_day_is_the_one_of_the_zone_also_in_nights_in_which_clocks_change', () => {
  expect([dayIn('Europe/Berlin', '2026-12-31T23:30:00Z'), dayIn('America/New_York', '2026-12-31T23:30:00Z')]).toEqual(['2027-01-01', '2026-12-31']);
  // Berlin's night from summer to winter: 02:30 comes twice.
  expect([timeIn('Europe/Berlin', '2026-10-25T00:30:00Z'), timeIn('Europe/Berlin', '2026-10-25T01:30:00Z')]).toEqual(['02:30', '02:30']);
  expect([dayIn('Europe/Berlin', '2026-10-24T22:00:00Z'), dayIn('Europe/Berlin', '2026-10-25T23:00:00Z')]).toEqual(['2026-10-25', '2026-10-26']);
  // From winter to summer there is no 02:30.
  expect(timeIn('Europe/Berlin', '2026-03-29T01:30:00Z')).toBe('03:30');
  expect([timeIn('Asia/Kolkata', '2026-12-01T00:00:00Z'), timeIn('UTC', '2026-12-01T00:00:00Z')]).toEqual(['05:30', '00:00']);
  expect(dayIn('Pacific/Kiritimati', '2026-12-31T10:30:00Z')).toBe('2027-01-01');
});

it('a_day_is_written_as_itself_wherever_it_is_read', () => {
  expect(shortDay('2026-03-29')).toMatch(/^Sun,? 29 Mar 2026$/);
  expect(momentIn('Europe/Berlin', '2026-12-31T23:30:00Z')).toMatch(/^Fri,? 1 Jan 2027, 00:30$/);
});

it('a_day_that_there_is_not_is_none', () => {
  expect(['2026-02-30', '2026-13-01', '1999-12-31', '2026-1-1', '2026-12-01T00:00', ''].filter(isDay)).toEqual([]);
  expect(isDay('2028-02-29')).toBe(true);
});

it('a_zone_is_offered_once_those_that_are_named_first', () => {
  const all = zones('Europe/Berlin', 'Europe/Berlin');
  expect([all[0], all[1], all.filter((zone) => zone === 'Europe/Berlin').length]).toEqual(['Europe/Berlin', 'UTC', 1]);
});
