// Flags: what is on, for whom, and who has said so.
import { useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import type { Bodies, Flag, FlagChange } from '../../api/types';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import type { FieldSpec } from '../../kit/form';
import { List, useList } from '../../kit/List';
import { Log } from '../../kit/Log';
import { en } from '../../strings';
import { type Page, query } from '../../ui/pages';
import { say } from '../../ui/toasts';
import { REASON } from './reason';
import { ops } from './strings';

const words = ops.flags;
const NAME: FieldSpec = { name: 'flag', label: words.name, hint: words.nameHint, more: { required: true } };
const HOW: Record<Exclude<keyof Flag, 'flag' | 'etag'>, Partial<FieldSpec>> = {
  enabled: { kind: 'check' },
  percent: { kind: 'number', optional: 'optional' },
  tenants_on: { kind: 'list', optional: 'optional' },
  tenants_off: { kind: 'list', optional: 'optional' },
};
const FIELDS: FieldSpec[] = Object.entries(HOW).map(([name, how]) => ({ name, ...words.fields[name as keyof typeof HOW], ...how }));
const WHY: FieldSpec = { ...REASON, optional: 'optional' };
const NAMES = Object.fromEntries(FIELDS.map(({ name, label }) => [name, label]));

type FlagForm = Bodies['FlagRequest'] & { flag: string };

export function Flags() {
  const list = useList<Flag>(() => body(api.GET('/api/admin/flags')) as Promise<Page<Flag>>);
  const [changed, setChanged] = useState(0);
  const [dialog, ask] = useAsk();
  // Written over what was seen alone: who else sets it at the same time is not undone.
  const put = async (flag: string, said: Bodies['FlagRequest'], seen?: string) => {
    const header = seen ? { 'If-Match': seen } : {};
    await body(api.PUT('/api/admin/flags/{flag}', { params: { path: { flag }, header }, body: said }));
    say(words.saved(flag));
    list.reload();
    setChanged((times) => times + 1);
  };
  const set = () => ask<FlagForm>({ title: words.set, fields: [NAME, ...FIELDS, WHY], values: { enabled: true }, send: words.set, act: ({ flag, ...said }) => put(flag, said) });
  const change = (flag: Flag) =>
    ask<Bodies['FlagRequest']>({ title: words.changeTitle(flag.flag), fields: [...FIELDS, WHY], values: flag, send: words.change, act: (said) => put(flag.flag, said, flag.etag) });
  // For whom it counts may have been said by somebody else since the list was read.
  const present = async (given: Flag) => {
    const { data } = (await body(api.GET('/api/admin/flags'))) as Page<Flag>;
    return data.find((one) => one.flag === given.flag) ?? given;
  };
  const turn = (given: Flag, enabled: boolean) =>
    ask<Pick<Bodies['FlagRequest'], 'reason'>>({
      title: enabled ? words.turnOn : words.offTitle(given.flag),
      lead: enabled ? given.flag : words.offLead,
      fields: [WHY],
      send: enabled ? words.turnOn : words.turnOff,
      ...(enabled ? {} : { tone: 'bad' as const }),
      act: async (why) => {
        const { flag, etag, ...said } = await present(given);
        await put(flag, { ...said, ...why, enabled }, etag);
      },
    });
  return (
    <>
      <Head title={en.operate.flags} lead={words.lead}>
        <button type="button" class="button button-primary" onClick={set}>{words.set}</button>
      </Head>
      <List
        label={en.operate.flags}
        list={list}
        id={(flag) => flag.flag}
        empty={words.empty}
        columns={[
          { name: words.columns.flag, cell: (flag) => <strong>{flag.flag}</strong> },
          { name: words.columns.state, cell: (flag) => <span class={`badge badge-${flag.enabled ? 'good' : 'bad'}`}>{flag.enabled ? words.on : words.off}</span> },
          { name: words.columns.share, kind: 'right', cell: (flag) => `${flag.percent} %` },
          { name: words.columns.but, kind: 'long', cell: (flag) => <Exceptions of={flag} /> },
        ]}
        ways={(flag) =>
          // Who is suspended is seen to on the page of tenants.
          flag.flag === 'tenants'
            ? []
            : [
                flag.enabled ? { label: words.turnOff, act: () => turn(flag, false), tone: 'bad' as const } : { label: words.turnOn, act: () => turn(flag, true) },
                { label: words.change, act: () => change(flag) },
              ]
        }
      />
      <Log<FlagChange>
        key={changed}
        label={`${en.operate.flags}, log`}
        names={NAMES}
        about={(one) => <strong>{one.flag}</strong>}
        load={(cursor) => body(api.GET('/api/admin/flags/log', { params: { query: query(cursor) } })) as Promise<Page<FlagChange>>}
        revert={(one, key) => body(api.POST('/api/admin/flags/{flag}/revert', { params: { path: { flag: one.flag }, header: { 'Idempotency-Key': key } }, body: { change_id: one.id } }))}
        done={list.reload}
      />
      {dialog}
    </>
  );
}

function Exceptions({ of: { tenants_on, tenants_off } }: { of: Flag }) {
  return (
    <>
      {tenants_on.length > 0 && <p>{words.onFor(tenants_on.join(', '))}</p>}
      {tenants_off.length > 0 && <p>{words.offFor(tenants_off.join(', '))}</p>}
    </>
  );
}
