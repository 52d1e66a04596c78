// A tenant: its limits with their history, and its keys.
import { useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import type { ApiKey, Bodies, LimitsChange, Overrides, Tenant } from '../../api/types';
import { KeyList, makeKey } from '../../keys/Keys';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import { ChangeForm } from '../../kit/ChangeForm';
import type { FieldSpec } from '../../kit/form';
import { useList } from '../../kit/List';
import { Log } from '../../kit/Log';
import { useRead } from '../../kit/read';
import { Reading } from '../../kit/Reading';
import { address } from '../../router';
import { type Page, query } from '../../ui/pages';
import { say } from '../../ui/toasts';
import { canTurn, turning } from './standing';
import { ops } from './strings';

const words = ops.tenant;
const FIELDS: FieldSpec[] = Object.entries(words.fields).map(([name, said]) => ({
  name,
  ...said,
  // Dollars are a decimal text, in the API as here: a number would round them.
  ...(name.startsWith('usd_') ? { more: { inputMode: 'decimal' } } : { kind: 'number' as const }),
}));
const NAMES = Object.fromEntries(FIELDS.map(({ name, label }) => [name, label]));

export function OneTenant({ tenant }: { tenant: string }) {
  const path = { tenant };
  const standing = useRead(() => body(api.GET('/api/admin/tenants/{tenant}', { params: { path } })) as Promise<Tenant>);
  const [dialog, ask] = useAsk();
  const known = standing.value;
  return (
    <>
      <p class="kit-bar">
        <a href={address(['operate', 'tenants'])}>{words.back}</a>
        <a href={address(['operate', 'acts'], { tenant })}>{words.acts}</a>
      </p>
      <Head title={tenant} lead={known && ops.tenants.status[known.status]}>
        {known && canTurn(known) && (
          <button type="button" class={known.status === 'active' ? 'button kit-bad' : 'button'} onClick={() => ask(turning(known, () => void standing.reload()))}>
            {known.status === 'active' ? ops.tenants.suspend : ops.tenants.resume}
          </button>
        )}
      </Head>
      <Reading of={standing}>
        {() => (
          <>
            <Limits tenant={tenant} />
            <Keys tenant={tenant} />
          </>
        )}
      </Reading>
      {dialog}
    </>
  );
}

function Limits({ tenant }: { tenant: string }) {
  const path = { tenant };
  const read = useRead(() => body(api.GET('/api/admin/tenants/{tenant}/limits', { params: { path } })) as Promise<Overrides>);
  const [changed, setChanged] = useState(0);
  const save = async (changes: Bodies['LimitsPatch']) => {
    read.set((await body(api.PATCH('/api/admin/tenants/{tenant}/limits', { params: { path }, body: changes }))) as Overrides);
    setChanged((times) => times + 1);
    say(words.saved);
  };
  return (
    <section class="kit-part" aria-label={words.limits}>
      <h2>{words.limits}</h2>
      <p class="muted">{words.limitsLead}</p>
      <Reading of={read}>{(value) => <ChangeForm id="limit" label={words.limits} fields={FIELDS} value={value} save={save} />}</Reading>
      <Log<LimitsChange>
        key={changed}
        label={`${words.limits}, log`}
        names={NAMES}
        load={(cursor) => body(api.GET('/api/admin/tenants/{tenant}/limits/log', { params: { path, query: query(cursor) } })) as Promise<Page<LimitsChange>>}
        revert={(change, key) => body(api.POST('/api/admin/tenants/{tenant}/limits/revert', { params: { path, header: { 'Idempotency-Key': key } }, body: { change_id: change.id } }))}
        done={() => void read.reload()}
      />
    </section>
  );
}

function Keys({ tenant }: { tenant: string }) {
  const list = useList<ApiKey>((cursor) => body(api.GET('/api/admin/tenants/{tenant}/keys', { params: { path: { tenant }, query: query(cursor) } })) as Promise<Page<ApiKey>>);
  const [dialog, ask] = useAsk();
  return (
    <section class="kit-part" aria-label={words.keys}>
      <header class="page-head">
        <h2>{words.keys}</h2>
        <button type="button" class="button button-small" onClick={() => ask(makeKey(list.reload, tenant))}>{words.makeKey}</button>
      </header>
      <KeyList label={words.keys} list={list} empty={words.noKeys} />
      {dialog}
    </section>
  );
}
