import { expect, it, vi } from 'vitest';

// The router reads the address of a page, which tests have none of.
vi.mock('../router', () => ({ address: (path: string[], query: Record<string, string | null>) => `${path.join('/')}?${new URLSearchParams(Object.entries(query).filter((one): one is [string, string] => Boolean(one[1]))).toString()}` }));
const { isNarrowed, link, query, read, shownIn, typedIn } = await import('./filters');

const of = (text: string) => read(new URLSearchParams(text), 'operate');
const KEY = '0123456789abcdef'.repeat(4);

it('a_filter_that_makes_no_sense_is_none', () => {
  const nonsense = 'what=<script>&actor=%0a&since=2026-02-30&until=yesterday';
  expect(of(nonsense)).toEqual(of(''));
  expect(of('since=2026-11-20T25:00:00Z&until=2026-11-20T12:00:00')).toEqual(of(''));
});

it('an_admin_names_no_tenant', () => {
  expect(read(new URLSearchParams('tenant=rival&actor=ana'), 'admin')).toEqual({ ...of('actor=ana'), tenant: '' });
});

it('an_address_says_all_of_a_filter', () => {
  const filters = { tenant: 'acme', actor: 'ana', key: KEY, what: 'key_made', since: '2026-11-01T10:00:00Z', until: '2026-11-20T00:00:30.5Z' } as const;
  const address = link('operate', filters);
  expect(address.startsWith('operate/acts?')).toBe(true);
  expect(read(new URLSearchParams(address.split('?')[1]), 'operate')).toEqual(filters);
  expect(link('admin', read(new URLSearchParams(), 'admin'))).toBe('admin/acts?');
});

it('a_day_is_one_in_utc_and_within_whichever_end_it_is', () => {
  expect(of('since=2026-11-30&until=2026-11-30')).toMatchObject({ since: '2026-11-30T00:00:00Z', until: '2026-12-01T00:00:00Z' });
});

it('the_api_is_asked_for_what_the_filter_says_and_for_nothing_that_is_empty', () => {
  expect(query(of(''))).toEqual({});
  expect(query(of('tenant=acme&actor=ana&since=2026-11-01'))).toEqual({ actor: 'ana', since: '2026-11-01T00:00:00Z' });
});

it('what_is_chosen_from_a_page_is_chosen_from_the_longest', () => {
  expect(query(of('what=key_made'))).toEqual({ what: 'key_made', limit: 100 });
  expect(query(of(`key=${KEY}`))).toEqual({ key: KEY, limit: 100 });
});

it('whose_list_it_is_narrows_nothing', () => {
  expect([isNarrowed(of('tenant=acme')), isNarrowed(of('tenant=acme&what=key_made'))]).toEqual([false, true]);
});

it('a_moment_is_shown_and_typed_by_the_clocks_of_the_reader', () => {
  expect(shownIn('Asia/Tokyo', '2026-11-20T22:05:00Z')).toBe('2026-11-21T07:05');
  expect(typedIn('Asia/Tokyo', '2026-11-21T07:05')).toBe('2026-11-20T22:05:00Z');
  expect([shownIn('UTC', ''), typedIn('UTC', '')]).toEqual(['', '']);
});

it('a_year_that_is_still_typed_is_no_moment', () => {
  expect(['0002-11-20T10:00', '0202-11-20T10:00'].map((value) => typedIn('Europe/Berlin', value))).toEqual([null, null]);
});
