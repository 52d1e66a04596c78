import { expect, it } from 'vitest';

import { dayIn, instantOf, isDay, momentIn, shortDay, timeIn, zones } from './zoned';

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

it('an_hour_of_a_zone_is_one_instant_also_where_clocks_change', () => {
  const berlin = (day: string, time: string) => instantOf('Europe/Berlin', day, time)?.slice(0, 16);
  expect([berlin('2026-12-01', '09:00'), berlin('2026-07-01', '09:00'), berlin('2027-01-01', '00:30')]).toEqual(['2026-12-01T08:00', '2026-07-01T07:00', '2026-12-31T23:30']);
  // It comes twice: the first. It comes never: as before.
  expect([berlin('2026-10-25', '02:30'), berlin('2026-03-29', '02:30'), berlin('2026-03-29', '03:30')]).toEqual(['2026-10-25T00:30', '2026-03-29T01:30', '2026-03-29T01:30']);
  expect([berlin('2026-10-25', '01:59'), berlin('2026-10-25', '03:00')]).toEqual(['2026-10-24T23:59', '2026-10-25T02:00']);
  expect(instantOf('Australia/Lord_Howe', '2026-10-04', '02:15')).toBe('2026-10-03T15:45:00.000Z');
  expect([instantOf('UTC', '2026-02-30', '09:00'), instantOf('UTC', '2026-02-03', ''), instantOf('UTC', '', '09:00')]).toEqual([null, null, null]);
});

it('a_day_that_there_is_not_is_none', () => {
  expect(['2026-02-30', '2026-13-01', '1999-12-31', '2026-1-1', '2026-12-01T00:00', ''].filter(isDay)).toEqual([]);
  expect(isDay('2028-02-29')).toBe(true);
});

it('a_zone_is_offered_once_those_that_are_named_first', () => {
  const all = zones('Europe/Berlin', 'Europe/Berlin');
  expect([all[0], all[1], all.filter((zone) => zone === 'Europe/Berlin').length]).toEqual(['Europe/Berlin', 'UTC', 1]);
});
