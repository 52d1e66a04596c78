// Dead letters of a queue: sent back all at once or one by one, or thrown away with a reason.
import { useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import type { Bodies, DeadLetter, Lane } from '../../api/types';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import type { FieldSpec } from '../../kit/form';
import { List, useList } from '../../kit/List';
import { kit } from '../../kit/strings';
import { en } from '../../strings';
import type { Page } from '../../ui/pages';
import { Moment } from '../../ui/parts';
import { say } from '../../ui/toasts';
import { REASON } from './reason';
import { ops } from './strings';

const words = ops.letters;
const LIMIT: FieldSpec = { name: 'limit', label: words.limit, hint: words.limitHint, kind: 'number', optional: 'optional' };
const LANES = Object.entries(words.queues) as [Lane, string][];

export function Letters() {
  const [queue, setQueue] = useState<Lane>('work');
  return (
    <>
      <Head title={en.operate.letters} lead={<>{words.lead} {ops.runbook}: <code>{ops.parts.letters}</code></>}>
        <label class="inline-field">
          {words.queue}
          <select class="select" value={queue} onChange={(event) => setQueue(event.currentTarget.value as Lane)}>
            {LANES.map(([lane, label]) => <option key={lane} value={lane}>{label}</option>)}
          </select>
        </label>
      </Head>
      <OfQueue key={queue} queue={queue} />
    </>
  );
}

function OfQueue({ queue }: { queue: Lane }) {
  const list = useList<DeadLetter>(() => body(api.GET('/api/admin/dlq/{queue}/letters', { params: { path: { queue }, query: { limit: 100 } } })) as Promise<Page<DeadLetter>>);
  const [dialog, ask] = useAsk();
  const all = () =>
    ask<{ limit?: number }>({
      title: words.redriveTitle(queue),
      lead: words.redriveLead,
      fields: [LIMIT],
      send: words.redriveAll,
      act: async (asked, key) => {
        const said: Bodies['RedriveRequest'] = { queue, ...asked };
        const { moved, unreadable } = await body(api.POST('/api/admin/dlq/redrive', { params: { header: { 'Idempotency-Key': key } }, body: said }));
        say(words.redriven(moved, unreadable));
        list.reload();
      },
    });
  const path = ({ letter_id }: DeadLetter) => ({ queue, letter_id });
  const redrive = (letter: DeadLetter) =>
    ask({
      title: words.redriveOne,
      send: words.redrive,
      act: async (_, key) => {
        const params = { path: path(letter), header: { 'Idempotency-Key': key } };
        const { moved, unreadable } = await body(api.POST('/api/admin/dlq/{queue}/letters/{letter_id}/redrive', { params }));
        say(words.redriven(moved, unreadable));
        list.reload();
      },
    });
  const discard = (letter: DeadLetter) =>
    ask<{ reason: string }>({
      title: words.discardTitle,
      lead: words.discardLead,
      fields: [REASON],
      send: words.discard,
      tone: 'bad',
      act: async (said, key) => {
        const params = { path: path(letter), header: { 'Idempotency-Key': key } };
        await body(api.POST('/api/admin/dlq/{queue}/letters/{letter_id}/discard', { params, body: said }));
        say(words.discarded);
        list.reload();
      },
    });
  return (
    <>
      <p class="kit-bar">
        <button type="button" class="button" onClick={list.reload}>{words.look}</button>
        <button type="button" class="button button-primary" onClick={all}>{words.redriveAll}</button>
      </p>
      <List
        label={`${en.operate.letters}: ${queue}`}
        list={list}
        id={(letter) => letter.letter_id}
        empty={words.empty}
        columns={[
          { name: words.columns.sent, cell: (letter) => (letter.sent_at ? <Moment at={letter.sent_at} /> : kit.nothing) },
          { name: words.columns.reason, cell: (letter) => <Why of={letter} /> },
          { name: words.columns.body, kind: 'long', cell: (letter) => <code>{letter.body}</code> },
        ]}
        ways={(letter) => [
          ...(letter.can_be_redriven ? [{ label: words.redrive, act: () => redrive(letter) }] : []),
          { label: words.discard, act: () => discard(letter), tone: 'bad' as const },
        ]}
      />
      {dialog}
    </>
  );
}

function Why({ of: letter }: { of: DeadLetter }) {
  return (
    <>
      {letter.reason ?? <span class="muted">{words.unknown}</span>}
      {!letter.can_be_redriven && <p><span class="badge badge-bad" title={words.unreadableHint}>{words.unreadable}</span></p>}
    </>
  );
}
