// Who may send webhooks, and what came of them.
import { useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import type { Bodies, Receipt, Refused, Source } from '../../api/types';
import { Head } from '../../kit/Area';
import { type Secret, useAsk } from '../../kit/Ask';
import type { FieldSpec } from '../../kit/form';
import { List, useList } from '../../kit/List';
import { address } from '../../router';
import { en } from '../../strings';
import { type Page, query } from '../../ui/pages';
import { Moment } from '../../ui/parts';
import { say } from '../../ui/toasts';
import { admin } from './strings';

const words = admin.sources;
const SECRET: FieldSpec = { name: 'secret', label: words.secret, hint: words.secretHint, kind: 'secret', optional: 'optional' };
const MAKE: FieldSpec[] = [
  { name: 'source', label: words.name, hint: words.nameHint },
  { name: 'scheme', label: words.scheme, kind: 'choice', options: words.schemes },
  { name: 'events', label: words.events, kind: 'many', options: words.eventNames },
  { name: 'may_auto_publish', label: words.publish, hint: words.publishHint, kind: 'check' },
  SECRET,
];
const ROTATE: FieldSpec[] = [SECRET, { name: 'revoke_previous', label: words.atOnce, hint: words.atOnceHint, kind: 'check' }];

const shown = ({ source, path, secret }: { source: string; path: string; secret?: string }): Secret => ({
  title: words.made(source),
  text: secret,
  hint: words.madeHint(new URL(path, location.origin).href),
});

export function Sources() {
  const list = useList<Source>((cursor) => body(api.GET('/api/admin/webhook-sources', { params: { query: query(cursor) } })) as Promise<Page<Source>>);
  const [dialog, ask] = useAsk();
  const [open, setOpen] = useState<string | null>(null);
  const make = () =>
    ask<Bodies['SourceRequest']>({
      title: words.make,
      fields: MAKE,
      values: { scheme: 'standard', events: words.eventNames.map(([name]) => name) },
      send: words.send,
      act: async (asked, key) => {
        const made = await body(api.POST('/api/admin/webhook-sources', { params: { header: { 'Idempotency-Key': key } }, body: asked }));
        list.reload();
        return shown(made);
      },
    });
  const rotate = ({ source }: Source) =>
    ask<Bodies['RotationRequest']>({
      title: words.rotateTitle(source),
      lead: words.rotateLead,
      fields: ROTATE,
      send: words.rotateSend,
      act: async (asked, key) => {
        const params = { path: { source }, header: { 'Idempotency-Key': key } };
        return shown(await body(api.POST('/api/admin/webhook-sources/{source}/rotate', { params, body: asked })));
      },
    });
  const ours = () =>
    ask({
      title: words.ours,
      lead: words.oursLead,
      send: words.oursSend,
      act: async () => ({ title: words.ours, text: (await body(api.GET('/api/admin/callback-secret'))).secret, hint: words.oursHint, again: 'again' }),
    });
  const remove = ({ source }: Source) =>
    ask({
      title: words.removeTitle(source),
      lead: words.removeLead,
      send: words.remove,
      tone: 'bad',
      act: async () => {
        await body(api.DELETE('/api/admin/webhook-sources/{source}', { params: { path: { source } } }));
        say(words.removed(source));
        if (open === source) setOpen(null);
        list.reload();
      },
    });
  return (
    <>
      <Head title={en.admin.sources} lead={words.lead}>
        <button type="button" class="button" onClick={ours}>{words.ours}</button>
        <button type="button" class="button button-primary" onClick={make}>{words.make}</button>
      </Head>
      <List
        label={en.admin.sources}
        list={list}
        id={(source) => source.source}
        empty={words.empty}
        columns={[
          { name: words.columns.source, cell: (source) => <><strong>{source.source}</strong> {source.may_auto_publish && <span class="badge badge-wants">{words.publishes}</span>}</> },
          { name: words.columns.path, cell: (source) => <code>{source.path}</code> },
          { name: words.columns.scheme, cell: (source) => source.scheme },
          { name: words.columns.events, cell: (source) => source.events.join(', ') },
          { name: words.columns.made, cell: (source) => <span class="muted"><Moment at={source.created_at} /> {admin.by(source.created_by)}</span> },
        ]}
        ways={(source) => [
          { label: words.receipts, act: () => setOpen(source.source) },
          { label: words.rotate, act: () => rotate(source) },
          { label: words.remove, act: () => remove(source), tone: 'bad' },
        ]}
      />
      {open !== null && <Receipts key={open} source={open} close={() => setOpen(null)} />}
      {dialog}
    </>
  );
}

function Receipts({ source, close }: { source: string; close: () => void }) {
  const path = { source };
  const [refused, setRefused] = useState<Refused[]>([]);
  const list = useList<Receipt>(async (cursor) => {
    const page = await body(api.GET('/api/admin/webhook-sources/{source}/receipts', { params: { path, query: query(cursor) } }));
    if (cursor === null) setRefused(page.refused);
    return page as Page<Receipt>;
  });
  const { title, columns } = admin.receipts;
  return (
    <section class="kit-part" aria-label={title(source)}>
      <header class="page-head">
        <h2>{title(source)}</h2>
        <button type="button" class="button button-small" onClick={close}>{admin.receipts.close}</button>
      </header>
      {refused.map(({ day, reason, count, last_at }) => (
        <p key={day + reason} class="bad">{admin.receipts.refused(day, count)} {admin.receipts.reasons[reason]} <span class="muted"><Moment at={last_at} /></span></p>
      ))}
      <List
        label={title(source)}
        list={list}
        id={(receipt) => receipt.event_id}
        empty={admin.receipts.empty}
        columns={[
          { name: columns.event, cell: (receipt) => <code>{receipt.event_id}</code> },
          { name: columns.type, cell: (receipt) => receipt.event_type },
          { name: columns.outcome, cell: (receipt) => <Outcome of={receipt} /> },
          { name: columns.at, cell: (receipt) => <Moment at={receipt.received_at} /> },
        ]}
      />
    </section>
  );
}

const TONE: Partial<Record<Receipt['outcome'], string>> = { processed: 'good', refused: 'bad', abandoned: 'bad' };

function Outcome({ of: receipt }: { of: Receipt }) {
  return (
    <>
      <span class={TONE[receipt.outcome] ?? 'muted'}>{admin.receipts.outcome[receipt.outcome]}</span>{' '}
      {receipt.outcome === 'processed' && <a href={address(['tasks', receipt.task_id])}>{receipt.task_id}</a>}
      {(receipt.outcome === 'ignored' || receipt.outcome === 'refused') && receipt.reason}
      {receipt.outcome === 'abandoned' && admin.receipts.tries(receipt.tries)}
    </>
  );
}
