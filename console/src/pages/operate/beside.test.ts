import { expect, it, vi } from 'vitest';

import type { Tenant, TenantCosts } from '../../api/types';
import type { Page } from '../../ui/pages';
import { beside } from './beside';

/** A list in pages of so many; its cursors are its own. */
function paged<T>(mark: string, all: readonly T[], each: number) {
  return vi.fn(async (cursor: string | null): Promise<Page<T>> => {
    if (cursor !== null && !cursor.startsWith(mark)) throw new Error(`a foreign cursor: ${cursor}`);
    const from = cursor === null ? 0 : Number(cursor.slice(mark.length));
    const to = from + each;
    return { data: all.slice(from, to), next_cursor: to < all.length ? `${mark}${to}` : null };
  });
}

const tenant = (name: string): Tenant => ({ tenant: name, status: 'active' });
const spent = (name: string): TenantCosts => ({ tenant: name, month_usd: '1.00', highest_day_usd: '1.00', tokens: 0 });
const names = ['a', 'b', 'c', 'd', 'e'];

it('each_tenant_has_its_own_costs_wherever_a_page_ends', async () => {
  for (const [many, costsAtOnce] of [[2, 3], [3, 2], [5, 1], [1, 5]] as const) {
    const load = beside(paged('t', names.map(tenant), many), paged('c', names.map(spent), costsAtOnce));
    const seen: [string, string | undefined][] = [];
    for (let cursor: string | null | undefined = null; cursor !== undefined; ) {
      const page: Awaited<ReturnType<typeof load>> = await load(cursor);
      seen.push(...page.data.map((line): [string, string | undefined] => [line.tenant, line.costs?.tenant]));
      cursor = page.next_cursor ?? undefined;
    }
    expect(seen).toEqual(names.map((name) => [name, name]));
  }
});

it('no_more_costs_are_read_than_a_page_needs_and_all_are_read_anew_from_the_beginning', async () => {
  const costs = paged('c', names.map(spent), 2);
  const load = beside(paged('t', names.map(tenant), 2), costs);
  await load(null);
  expect(costs).toHaveBeenCalledTimes(1);
  await load(null);
  expect(costs).toHaveBeenLastCalledWith(null);
});

it('a_tenant_without_costs_has_none', async () => {
  const load = beside(paged('t', names.map(tenant), 5), paged('c', [spent('b')], 5));
  expect((await load(null)).data.map((line) => line.costs?.tenant)).toEqual([undefined, 'b', undefined, undefined, undefined]);
});
