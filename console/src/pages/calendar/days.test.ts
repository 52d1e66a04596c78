import { expect, it, vi } from 'vitest';

vi.mock('../../router', () => ({
  address: (path: string[], query: Record<string, string | null>) => `#/${path.join('/')}?${Object.entries(query).filter(([, value]) => value).map((pair) => pair.join('=')).join('&')}`,
}));
const { byMonths, dayAfter, gridOf, link, neighbour, read, together, turned, weekOf, weeksOf } = await import('./days');
type Shown = import('./days').Shown;

const shown = (day: string, view: Shown['view'] = 'month'): Shown => ({ view, day, zone: 'Europe/Berlin' });

it('a_month_is_shown_in_whole_weeks_from_monday_to_sunday', () => {
  const december = weeksOf('2026-12-14');
  expect(december.map((week) => week.length)).toEqual([7, 7, 7, 7, 7]);
  expect([december[0]?.[0], december[0]?.[1], december.at(-1)?.at(-1)]).toEqual(['2026-11-30', '2026-12-01', '2027-01-03']);
  // February of 2027 begins on a Monday and has four weeks; August of 2026 needs six.
  expect([weeksOf('2027-02-10').length, weeksOf('2026-08-31').length]).toEqual([4, 6]);
  expect(weekOf('2027-01-01')).toEqual(['2026-12-28', '2026-12-29', '2026-12-30', '2026-12-31', '2027-01-01', '2027-01-02', '2027-01-03']);
});

it('no_day_is_shown_twice_or_left_out_where_clocks_change', () => {
  for (const month of ['2026-03-29', '2026-10-25', '2026-11-01', '2028-02-29']) {
    const days = weeksOf(month).flat();
    expect(new Set(days).size).toBe(days.length);
    expect(days).toContain(month);
    expect(days).toEqual([...days].sort());
  }
  // No more than the API tells at once.
  for (let month = '2026-01-15'; month < '2028-01-01'; month = byMonths(month, 1)) expect(gridOf(shown(month)).flat().length).toBeLessThanOrEqual(42);
});

it('a_month_further_on_is_the_last_day_of_one_that_has_fewer', () => {
  expect([byMonths('2026-01-31', 1), byMonths('2026-12-31', 2), byMonths('2026-03-31', -1), byMonths('2026-01-15', -1)]).toEqual(['2026-02-28', '2027-02-28', '2026-02-28', '2025-12-15']);
  expect(turned(shown('2026-12-14', 'week'), 1).day).toBe('2026-12-21');
  expect(turned(shown('2026-12-14'), -1).day).toBe('2026-11-14');
});

it('keys_walk_from_day_to_day_over_the_ends_of_weeks_months_and_years', () => {
  const from = (key: string, day: string, view: Shown['view'] = 'month') => dayAfter(key, shown(day, view));
  expect(from('ArrowRight', '2026-12-31')).toBe('2027-01-01');
  expect(from('ArrowLeft', '2026-03-01')).toBe('2026-02-28');
  expect(from('ArrowDown', '2026-10-24')).toBe('2026-10-31');
  expect(from('ArrowUp', '2026-03-30')).toBe('2026-03-23');
  expect([from('Home', '2026-12-17'), from('End', '2026-12-17')]).toEqual(['2026-12-14', '2026-12-20']);
  expect([from('PageDown', '2026-01-31'), from('PageDown', '2026-01-31', 'week')]).toEqual(['2026-02-28', '2026-02-07']);
  expect(from('x', '2026-12-17')).toBe(null);
});

it('what_no_calendar_has_is_not_taken_from_the_address', () => {
  const of = (text: string) => read(new URLSearchParams(text), () => '2026-11-28', 'Europe/Berlin');
  expect(of('')).toEqual(shown('2026-11-28'));
  expect(of('day=2026-02-30')).toEqual(shown('2026-11-28'));
  expect(of('day=1526-02-03&view=year&zone=Mars/Base')).toEqual(shown('2026-11-28'));
  expect(of('day=%3Cscript%3E&zone=%22%3E')).toEqual(shown('2026-11-28'));
  const kept = { view: 'week', day: '2026-12-24', zone: 'Asia/Tokyo' } as const;
  expect(read(new URLSearchParams(link(kept).split('?')[1]), () => '2026-11-28', 'Europe/Berlin')).toEqual(kept);
});

it('j_and_k_walk_what_there_is_beginning_with_the_day_that_is_chosen', () => {
  const [one, two, three] = ['2026-12-01', '2026-12-01', '2026-12-09'].map((date) => ({ date }));
  if (!one || !two || !three) throw new Error('there are three');
  const all = [one, two, three];
  expect(neighbour(all, null, '2026-12-02', 1)).toBe(three);
  expect(neighbour(all, null, '2026-12-02', -1)).toBe(two);
  expect(neighbour(all, one, '2026-12-01', 1)).toBe(two);
  expect(neighbour(all, two, '2026-12-01', -1)).toBe(one);
  expect(neighbour(all, three, '2026-12-09', 1)).toBe(three);
  expect([neighbour(all, null, '2026-12-10', 1), neighbour([], null, '2026-12-10', 1)]).toEqual([null, null]);
});

it('what_several_calendars_have_is_there_once_and_in_its_order', () => {
  const entry = (at: string) => ({ kind: 'planned', at, date: at.slice(0, 10), title: 'News', task_type: 'blog_post', schedule_id: 'sch_1' }) as const;
  const [first, second, third] = ['2026-11-30T00:30:00Z', '2026-12-01T00:30:00Z', '2026-12-02T00:30:00Z'].map(entry) as [never, never, never];
  expect(together([{ data: [second, third] }, { data: [first, { ...(second as object) } as never] }])).toEqual([first, second, third]);
  expect(together([])).toEqual([]);
});
