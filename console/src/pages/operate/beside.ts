// Two lists by the name of a tenant, page by page: who there is, and what each has spent.
import type { Tenant, TenantCosts } from '../../api/types';
import type { Page } from '../../ui/pages';

export type Line = Tenant & { costs: TenantCosts | undefined };
type From<T> = (cursor: string | null) => Promise<Page<T>>;

/** Reads a page of tenants, and of the costs as many as it needs: a page of the one need not end where the other's does. */
export function beside(tenants: From<Tenant>, costs: From<TenantCosts>): From<Line> {
  let known = new Map<string, TenantCosts>();
  /** `null`: the first page; `undefined`: there is no more. */
  let next: string | null | undefined = null;
  let reached = '';
  return async (cursor) => {
    if (cursor === null) [known, next, reached] = [new Map(), null, ''];
    const page = await tenants(cursor);
    const last = page.data.at(-1)?.tenant ?? '';
    while (next !== undefined && reached < last) {
      const some: Page<TenantCosts> = await costs(next);
      for (const one of some.data) known.set(one.tenant, one);
      reached = some.data.at(-1)?.tenant ?? reached;
      next = some.next_cursor ?? undefined;
    }
    return { ...page, data: page.data.map((one) => ({ ...one, costs: known.get(one.tenant) })) };
  };
}
