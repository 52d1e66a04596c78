import { expect, it } from 'vitest';

import { daily, daysBetween, forecast, monthOf, percent, roundedUp, scaleOf } from './chart';

it('a_month_has_the_days_that_it_has', () => {
  expect(monthOf('2028-02-10')).toEqual({ name: '2028-02', first: '2028-02-01', last: '2028-02-29' });
  expect(monthOf('2027-01-31', 2)).toEqual({ name: '2026-11', first: '2026-11-01', last: '2026-11-30' });
  expect(daysBetween('2026-10-24', '2026-10-26')).toEqual(['2026-10-24', '2026-10-25', '2026-10-26']);
  expect(daysBetween('2026-10-26', '2026-10-24')).toEqual([]);
});

it('a_day_without_a_line_cost_nothing', () => {
  expect(daily([{ value: '2026-11-02', cost_usd: '0.50' }], ['2026-11-01', '2026-11-02'])).toEqual([0, 0.5]);
});

it('a_scale_ends_at_a_number_that_can_be_read', () => {
  expect([0, 0.003, 0.01, 0.9, 1, 1.01, 3, 7, 80, 100].map(roundedUp)).toEqual([1, 0.005, 0.01, 1, 1, 2, 5, 10, 100, 100]);
});

it('a_cap_that_would_make_bars_invisible_is_not_drawn', () => {
  expect(scaleOf([0.2, 0.5], 50)).toEqual({ top: 0.5, showsCap: false });
  expect(scaleOf([20, 30], 50)).toEqual({ top: 50, showsCap: true });
  expect(scaleOf([60], 50)).toEqual({ top: 100, showsCap: true });
  expect(scaleOf([], 50)).toEqual({ top: 1, showsCap: false });
});

const spent = (from: string, to: string, each: number, today: number) => {
  const days = daysBetween(from, to);
  return [days, days.map((day) => (day === to ? today : each))] as const;
};

it('a_month_that_goes_on_as_it_did_comes_to_its_days_times_what_a_day_costs', () => {
  expect(forecast(...spent('2026-11-01', '2026-11-11', 2, 2), '2026-11-11')).toBeCloseTo(60);
  // Today has only begun, and ends as others did.
  expect(forecast(...spent('2026-11-01', '2026-11-11', 2, 0), '2026-11-11')).toBeCloseTo(60);
  // What today cost more than usual is spent all the same.
  expect(forecast(...spent('2026-11-01', '2026-11-11', 2, 7), '2026-11-11')).toBeCloseTo(65);
});

it('on_the_first_of_a_month_the_days_before_it_say_what_a_day_costs_and_are_not_counted', () => {
  expect(forecast(...spent('2026-10-25', '2026-11-01', 3, 1), '2026-11-01')).toBeCloseTo(90);
});

it('nothing_is_foretold_of_a_tenant_without_a_whole_day_and_nothing_is_left_of_a_last_day', () => {
  expect(forecast(['2026-11-01'], [5], '2026-11-01')).toBeNull();
  expect(forecast(...spent('2026-11-24', '2026-11-30', 1, 1), '2026-11-30')).toBeCloseTo(7);
});

it('a_share_is_at_most_all_and_of_nothing_none', () => {
  expect([percent(1, 4), percent(9, 4), percent(1, 0)]).toEqual([25, 100, 0]);
});
