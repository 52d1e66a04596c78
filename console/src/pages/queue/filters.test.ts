import { expect, it, vi } from 'vitest';

// The router reads the address of a page, which tests have none of.
vi.mock('../../router', () => ({ address: (path: string[], query: Record<string, string | null>) => `${path.join('/')}?${new URLSearchParams(Object.entries(query).filter((one): one is [string, string] => Boolean(one[1]))).toString()}` }));
const { countedBy, inbox, isNarrowed, link, query, read } = await import('./filters');

const of = (text: string) => read(new URLSearchParams(text));

it('a_filter_that_makes_no_sense_is_the_usual_one', () => {
  const nonsense = 'state=<script>&type=none&sort=up&author=%0a&from=2026-13-99&to=today';
  expect(of(nonsense)).toEqual(of(''));
});

it('an_address_says_all_of_a_filter', () => {
  const filters = {
    states: ['generating', 'failed'], type: 'email', tag: 'http', author: 'ana', assignee: 'rex', from: '2026-11-01', to: '2026-11-20', words: 'two words', sort: 'dearest',
  } as const;
  expect(read(new URLSearchParams(link({ ...filters, states: [...filters.states] }).split('?')[1]))).toEqual(filters);
  for (const text of ['', 'state=all', 'state=open', 'state=failed']) expect(link(of(text))).toBe(`queue?${text}`);
});

it('one_filter_has_one_address_in_whatever_order_its_states_were_chosen', () => {
  expect(link(of('state=failed,pending'))).toBe(link(of('state=pending,failed')));
  expect(link(of('state=failed,approved,pending,generating,awaiting_approval'))).toBe(link(of('state=open')));
});

it('the_api_is_asked_for_what_the_filter_says_and_for_nothing_that_is_empty', () => {
  expect(query(of(''))).toEqual({ status: ['awaiting_approval'] });
  expect(query(of('state=all&words=%20'))).toEqual({});
  expect(query(of('state=failed&type=email&tag=http&author=ana&from=2026-11-01&to=2026-11-20&words=a+b&sort=worst'))).toEqual({
    status: ['failed'], task_type: 'email', tag: 'http', author: 'ana', created_from: '2026-11-01', created_to: '2026-11-20', q: 'a b', sort: 'quality_score',
  });
});

it('counts_are_over_the_filter_whatever_its_state_and_order', () => {
  expect(countedBy(of('state=failed&tag=http&sort=best'))).toBe(countedBy(of('tag=http')));
  expect(countedBy(of('tag=http'))).not.toBe(countedBy(of('tag=dns')));
  expect([isNarrowed(of('state=failed&sort=best')), isNarrowed(of('tag=http'))]).toEqual([false, true]);
});

it('an_inbox_is_a_filter_with_an_address_like_any_other', () => {
  expect(read(new URLSearchParams(link(inbox()).split('?')[1]))).toEqual(inbox());
  expect(query(inbox())).toEqual({ status: ['awaiting_approval', 'generating', 'pending', 'approved', 'failed'], assignee: 'me' });
  expect(query(of('assignee=none'))).toMatchObject({ assignee: 'none' });
  expect([isNarrowed(inbox()), countedBy(inbox()) === countedBy(of(''))]).toEqual([true, false]);
});
