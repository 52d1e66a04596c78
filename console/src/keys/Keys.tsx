// A tenant's API keys, for its admin and for operators. A key's text is in the one answer that makes it.
import { actsOfKey } from '../acts/ofKey';
import { api, body } from '../api/client';
import type { ApiKey, Bodies } from '../api/types';
import type { Question } from '../kit/Ask';
import type { FieldSpec } from '../kit/form';
import { List, type Way, type useList } from '../kit/List';
import { kit } from '../kit/strings';
import { now } from '../ui/clock';
import { Moment } from '../ui/parts';
import { account, words } from './strings';

const FIELDS: FieldSpec[] = [
  { name: 'subject', label: account.subject, hint: account.subjectHint },
  { name: 'role', label: account.role, kind: 'choice', options: account.roles },
  { name: 'expires_at', label: words.until, hint: words.untilHint, kind: 'day', optional: 'optional' },
];

/** What to ask for a new key; of another tenant, where an operator names one. */
export function makeKey(done: () => void, tenant?: string): Question<Bodies['KeyRequest']> {
  return {
    title: words.make,
    fields: FIELDS,
    values: { role: tenant === undefined ? 'viewer' : 'admin' },
    send: words.send,
    act: async (asked, key) => {
      const whole = tenant === undefined ? asked : { ...asked, tenant };
      const made = await body(api.POST('/api/admin/keys', { params: { header: { 'Idempotency-Key': key } }, body: whole }));
      done();
      return { title: words.made, text: made.key, hint: words.madeHint };
    },
  };
}

interface KeyListProps {
  label: string;
  list: ReturnType<typeof useList<ApiKey>>;
  empty: { title: string; hint: string };
  ways?: (key: ApiKey) => readonly Way[];
}

export function KeyList({ label, list, empty, ways }: KeyListProps) {
  return (
    <List
      label={label}
      list={list}
      id={(key) => key.id}
      name={(key) => `${key.prefix}… ${key.subject}`}
      empty={empty}
      columns={[
        { name: words.columns.key, cell: (key) => <><a href={actsOfKey(key.tenant, key.id)} title={words.acts}><code>{key.prefix}…</code></a> <Standing of={key} /></> },
        { name: words.columns.owner, cell: (key) => <strong>{key.subject}</strong> },
        { name: words.columns.role, cell: (key) => key.role },
        { name: words.columns.used, cell: (key) => key.last_used ?? <span class="muted">{words.never}</span> },
        { name: words.columns.until, cell: (key) => (key.expires_at ? <Moment at={key.expires_at} /> : <span class="muted">{words.always}</span>) },
        { name: words.columns.made, cell: (key) => <span class="muted"><Moment at={key.created_at} /></span> },
        { name: words.columns.by, cell: (key) => <MadeBy of={key} /> },
      ]}
      {...(ways ? { ways } : {})}
    />
  );
}

function MadeBy({ of: { made_by: by } }: { of: ApiKey }) {
  if (!by) return <span class="muted" title={words.byNobody}>{kit.nothing}</span>;
  return <>{by.kind === 'person' ? by.subject : kit.operator}</>;
}

function Standing({ of: key }: { of: ApiKey }) {
  if (key.revoked) return <span class="badge badge-bad">{words.revokedBadge}</span>;
  if (key.expires_at && Date.parse(key.expires_at) < now.value) return <span class="badge">{words.expired}</span>;
  return null;
}
