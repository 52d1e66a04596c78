// Who made, changed and ended what: of a tenant for its admins, of any for operators.
import { api, body } from '../api/client';
import { type Act, may } from '../api/types';
import { Head } from '../kit/Area';
import { List, useList } from '../kit/List';
import { kit } from '../kit/strings';
import { address, become, place } from '../router';
import { me } from '../session/session';
import { en } from '../strings';
import { type Page, query as paged } from '../ui/pages';
import { Moment } from '../ui/parts';
import { type Area, type Filters, isNarrowed, link, query, read } from './filters';
import { Narrow } from './Narrow';
import { actsOfKey } from './ofKey';
import { readOn } from './readOn';
import { words } from './strings';

export function Acts({ area }: { area: Area }) {
  const filters = read(place.value.query, area);
  const asked = link(area, filters);
  return (
    <>
      <Head title={en[area].acts} lead={leadOf(area)} />
      <Narrow area={area} filters={filters} set={(more) => become(link(area, { ...filters, ...more }))} />
      <Listed key={asked} area={area} filters={filters} />
    </>
  );
}

function leadOf(area: Area): string {
  if (area === 'operate') return `${words.leadOperators} ${words.leadAny}`;
  // An operator's own tenant is the operators'.
  return may(me.value, 'operator') ? words.leadOperators : words.lead;
}

function pageOf(filters: Filters, cursor: string | null): Promise<Page<Act>> {
  const asked = { ...query(filters), ...paged(cursor) };
  const { tenant } = filters;
  const answer =
    tenant === ''
      ? body(api.GET('/api/admin/acts', { params: { query: asked } }))
      : body(api.GET('/api/admin/tenants/{tenant}/acts', { params: { path: { tenant }, query: asked } }));
  return answer as Promise<Page<Act>>;
}

/** As much of a key's id as tells it from others. */
const SHORT = 12;

function Listed({ area, filters }: { area: Area; filters: Filters }) {
  const list = useList<Act>((cursor) => readOn((next) => pageOf(filters, next), cursor));
  const only = (more: Partial<Filters>) => link(area, { ...filters, ...more });
  const { columns } = words;
  const narrowed = isNarrowed(filters);
  return (
    <List
      label={en[area].acts}
      list={list}
      id={(act) => act.act_id}
      empty={list.older ? words.empty.soFar : narrowed ? words.empty.narrowed : filters.tenant ? words.empty.ofTenant : words.empty.none}
      columns={[
        { name: columns.at, cell: (act) => <Moment at={act.at} /> },
        { name: columns.by, cell: (act) => <Who of={act} only={only} /> },
        { name: columns.with, cell: (act) => <With of={act} only={only} /> },
        { name: columns.what, cell: (act) => <strong>{words.whats[act.what]}</strong> },
        { name: columns.thing, cell: (act) => <Thing of={act} /> },
        // To others all is their own.
        ...(may(me.value, 'operator') ? [{ name: columns.tenant, cell: (act: Act) => <a href={address(['operate', 'tenants', act.tenant])}>{act.tenant}</a> }] : []),
        { name: columns.request, cell: (act) => <code class="kit-id" title={act.trace_id}>{act.trace_id}</code> },
      ]}
    >
      {narrowed && <a class="button" href={address([area, 'acts'], { tenant: filters.tenant })}>{words.clear}</a>}
    </List>
  );
}

interface CellProps {
  of: Act;
  /** The address of the same list, narrowed further. */
  only: (more: Partial<Filters>) => string;
}

function Thing({ of: { what, thing, tenant } }: Pick<CellProps, 'of'>) {
  if (what !== 'key_made' && what !== 'key_revoked') return <code>{thing}</code>;
  // Whoever follows a key that leaked goes on with each that it made.
  return (
    <>
      <code class="kit-id" title={thing}>{thing}</code> <a href={actsOfKey(tenant, thing)}>{words.usedFor}</a>
    </>
  );
}

function Who({ of: { by }, only }: CellProps) {
  if (by.kind === 'operator') return <>{kit.operator}</>;
  return <a href={only({ actor: by.subject })} title={words.only(by.subject)}>{by.subject}</a>;
}

function With({ of: { credential }, only }: CellProps) {
  if (!credential) return <>{kit.nothing}</>;
  if (credential.kind !== 'key') return <>{words.with[credential.kind]}</>;
  return (
    <>
      {words.with.key} <a href={only({ key: credential.key_id })} title={words.onlyKey}><code>{credential.key_id.slice(0, SHORT)}…</code></a>
    </>
  );
}
