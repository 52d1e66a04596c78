// Who is served here, and what each has spent in the month.
import { useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import type { Tenant, TenantCosts } from '../../api/types';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import type { FieldSpec } from '../../kit/form';
import { List, useList } from '../../kit/List';
import { kit } from '../../kit/strings';
import { address } from '../../router';
import { en } from '../../strings';
import { type Page, query } from '../../ui/pages';
import { Moment, Money } from '../../ui/parts';
import { say } from '../../ui/toasts';
import { type Line, beside } from './beside';
import { OneTenant } from './OneTenant';
import { canTurn, turning } from './standing';
import { ops } from './strings';

const words = ops.tenants;
const NAME: FieldSpec = { name: 'tenant', label: words.name, hint: words.nameHint, more: words.nameRule };

const tenantsFrom = (cursor: string | null) => body(api.GET('/api/admin/tenants', { params: { query: query(cursor) } })) as Promise<Page<Tenant>>;
const costsFrom = (cursor: string | null) => body(api.GET('/api/admin/costs', { params: { query: query(cursor) } })) as Promise<Page<TenantCosts>>;

export function Tenants({ one }: { one: string | undefined }) {
  return one === undefined ? <All /> : <OneTenant tenant={one} />;
}

function All() {
  const [load] = useState(() => beside(tenantsFrom, costsFrom));
  const list = useList<Line>(load);
  const [dialog, ask] = useAsk();
  const add = () =>
    ask<{ tenant: string }>({
      title: words.add,
      lead: words.addLead,
      fields: [NAME],
      send: words.addSend,
      act: async ({ tenant }) => {
        await body(api.PUT('/api/admin/tenants/{tenant}', { params: { path: { tenant } } }));
        say(words.added(tenant));
        list.reload();
      },
    });
  return (
    <>
      <Head title={en.operate.tenants} lead={words.lead}>
        <button type="button" class="button button-primary" onClick={add}>{words.add}</button>
      </Head>
      <List
        label={en.operate.tenants}
        list={list}
        id={(line) => line.tenant}
        empty={words.empty}
        columns={[
          { name: words.columns.tenant, cell: (line) => <a href={address(['operate', 'tenants', line.tenant])}><strong>{line.tenant}</strong></a> },
          { name: words.columns.status, cell: (line) => <span class={`badge badge-${line.status === 'active' ? 'good' : 'bad'}`}>{words.status[line.status]}</span> },
          { name: words.columns.since, cell: (line) => (line.since ? <Moment at={line.since} /> : <span class="muted">{words.notListed}</span>) },
          { name: words.columns.month, kind: 'right', cell: ({ costs }) => (costs ? <Money amount={costs.month_usd} /> : kit.nothing) },
          { name: words.columns.highest, kind: 'right', cell: ({ costs }) => (costs?.highest_day ? <><Money amount={costs.highest_day_usd} /> <span class="muted small">{costs.highest_day}</span></> : kit.nothing) },
          { name: words.columns.tokens, kind: 'right', cell: ({ costs }) => costs?.tokens.toLocaleString('en') ?? kit.nothing },
        ]}
        ways={(line) => {
          if (!canTurn(line)) return [];
          const act = () => ask(turning(line, list.reload));
          return [line.status === 'active' ? { label: words.suspend, act, tone: 'bad' } : { label: words.resume, act }];
        }}
      />
      {dialog}
    </>
  );
}
