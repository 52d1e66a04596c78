// Where a task of any tenant stands: what has happened to it, and what was sent for it; never its text.
import { useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import { Problem, told } from '../../api/problem';
import type { InspectedDelivery, InspectedEvent, InspectedTask } from '../../api/types';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import { List, useList } from '../../kit/List';
import { useRead } from '../../kit/read';
import { Pairs, Reading } from '../../kit/Reading';
import { kit } from '../../kit/strings';
import { address, go } from '../../router';
import { en } from '../../strings';
import { useAttempt, useOnce } from '../../ui/once';
import { type Page, query } from '../../ui/pages';
import { Field, Moment, Money, StateBadge, Trouble } from '../../ui/parts';
import { useAbout } from '../../ui/title';
import { say } from '../../ui/toasts';
import { REASON } from './reason';
import { ops } from './strings';

const words = ops.task;

export function Inspect({ one }: { one: string | undefined }) {
  useAbout(one ?? null);
  return (
    <>
      <Head title={en.operate.task} lead={words.lead} />
      <Find known={one ?? ''} />
      {one !== undefined && <Task id={one} />}
    </>
  );
}

function Find({ known }: { known: string }) {
  const [id, setId] = useState(known);
  return (
    <form
      class="kit-find"
      onSubmit={(event) => {
        event.preventDefault();
        go(address(['operate', 'task', id.trim()]));
      }}
    >
      <Field id="inspected" label={words.id} hint={words.idHint}>
        <input id="inspected" required autoComplete="off" spellcheck={false} aria-describedby="inspected-says" value={id} onInput={(event) => setId(event.currentTarget.value)} />
      </Field>
      <button type="submit" class="button button-primary">{words.find}</button>
    </form>
  );
}

/** No tenant's task of that name is a plain answer to whoever looks for one. */
async function inspected(task_id: string): Promise<InspectedTask> {
  try {
    return (await body(api.GET('/api/admin/tasks/{task_id}', { params: { path: { task_id } } }))) as InspectedTask;
  } catch (error) {
    const problem = told(error);
    throw problem.status === 404 ? new Problem(404, problem.kind, words.find404) : problem;
  }
}

function Task({ id }: { id: string }) {
  const read = useRead(() => inspected(id));
  // What has happened to it is read again with where it stands.
  const [moved, setMoved] = useState(0);
  const follow = () => {
    setMoved((times) => times + 1);
    void read.reload();
  };
  return (
    <Reading of={read}>
      {(task) => (
        <>
          <Ways task={task} done={follow} />
          <Facts task={task} />
          <Events key={`events ${moved}`} id={id} />
          <Deliveries key={`deliveries ${moved}`} id={id} />
        </>
      )}
    </Reading>
  );
}

/** In the other states there is nothing to send for. */
const SENT_FOR: readonly InspectedTask['status'][] = ['pending', 'generating', 'approved'];
const OPEN: readonly InspectedTask['status'][] = [...SENT_FOR, 'awaiting_approval'];

function Ways({ task: { task_id, status }, done }: { task: InspectedTask; done: () => void }) {
  const [dialog, ask] = useAsk();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, once] = useOnce();
  const attempt = useAttempt();
  const kick = () =>
    once(async () => {
      const params = { path: { task_id }, header: { 'Idempotency-Key': attempt.keyFor(task_id) } };
      try {
        await body(api.POST('/api/admin/tasks/{task_id}/kick', { params }));
        attempt.done();
        setProblem(null);
        say(words.kicked);
        done();
      } catch (error) {
        setProblem(told(error));
      }
    });
  const cancel = () =>
    ask<{ reason: string }>({
      title: words.cancelTitle,
      lead: words.cancelLead,
      fields: [REASON],
      send: words.cancel,
      tone: 'bad',
      act: async (said, key) => {
        await body(api.POST('/api/admin/tasks/{task_id}/cancel', { params: { path: { task_id }, header: { 'Idempotency-Key': key } }, body: said }));
        say(words.cancelled);
        done();
      },
    });
  return (
    <>
      <p class="kit-bar">
        <StateBadge state={status} />
        {SENT_FOR.includes(status) && <button type="button" class="button" disabled={busy} onClick={() => void kick()}>{words.kick}</button>}
        {OPEN.includes(status) && <button type="button" class="button kit-bad" onClick={cancel}>{words.cancel}</button>}
      </p>
      {problem && <Trouble problem={problem} />}
      {dialog}
    </>
  );
}

function Facts({ task }: { task: InspectedTask }) {
  const { facts } = words;
  const at = (moment: string | null | undefined) => (moment ? <Moment at={moment} /> : kit.nothing);
  return (
    <Pairs
      all={[
        [facts.tenant, <a key="tenant" href={address(['operate', 'tenants', task.tenant])}>{task.tenant}</a>],
        [facts.stage, task.stage],
        [facts.type, en.type[task.task_type]],
        [facts.generator, task.generator],
        [facts.revision, task.revision],
        [facts.round, task.round],
        [facts.attempt, task.attempt],
        [facts.error, task.error ? <span key="error" class="bad">{words.error(task.error.code, task.error.stage, task.error.attempt)}</span> : kit.nothing],
        [facts.cost, <Money key="cost" amount={task.cost_usd} />],
        [facts.reserved, <Money key="reserved" amount={task.reserved_usd} />],
        [facts.waits, task.waits_for.length > 0 ? <span key="waits">{task.waits_for.map((call) => <span key={call.call_id}>{words.waitsFor(call.provider, call.model, call.phase)} <Moment at={call.at} /> </span>)}</span> : kit.nothing],
        [facts.outage, at(task.outage_since)],
        [facts.live, task.is_live ? kit.yes : kit.no],
        [facts.created, at(task.created_at)],
        [facts.updated, at(task.updated_at)],
        [facts.lease, at(task.lease_until)],
        [facts.due, at(task.due_at)],
        [facts.publish, at(task.publish_at)],
        [facts.trace, <code key="trace">{task.trace_id}</code>],
      ]}
    />
  );
}

function Events({ id }: { id: string }) {
  const params = { path: { task_id: id } };
  const list = useList<InspectedEvent>(
    (cursor) => body(api.GET('/api/admin/tasks/{task_id}/events', { params: { ...params, query: query(cursor) } })) as Promise<Page<InspectedEvent>>,
  );
  const columns = words.eventColumns;
  return (
    <section class="kit-part" aria-label={words.events}>
      <h2>{words.events}</h2>
      <List
        label={words.events}
        list={list}
        id={(event) => event.event_id}
        empty={words.noEvents}
        columns={[
          { name: columns.at, cell: (event) => <Moment at={event.at} /> },
          { name: columns.event, cell: (event) => en.facts.left(event.event) },
          { name: columns.by, cell: (event) => words.actors[event.actor] },
          { name: columns.state, cell: (event) => <StateBadge state={event.to} /> },
          { name: columns.why, kind: 'long', cell: (event) => event.reason ?? kit.nothing },
        ]}
      />
    </section>
  );
}

function Deliveries({ id }: { id: string }) {
  const params = { path: { task_id: id } };
  const list = useList<InspectedDelivery>(
    (cursor) => body(api.GET('/api/admin/tasks/{task_id}/deliveries', { params: { ...params, query: query(cursor) } })) as Promise<Page<InspectedDelivery>>,
  );
  const columns = words.deliveryColumns;
  return (
    <section class="kit-part" aria-label={words.deliveries}>
      <h2>{words.deliveries}</h2>
      <List
        label={words.deliveries}
        list={list}
        id={(delivery) => delivery.delivery_id}
        empty={words.noDeliveries}
        columns={[
          { name: columns.at, cell: (delivery) => <Moment at={delivery.created_at} /> },
          { name: columns.what, cell: (delivery) => delivery.event_type },
          { name: columns.host, cell: (delivery) => delivery.host },
          { name: columns.status, cell: (delivery) => <span class={TONE[delivery.status]}>{words.delivery[delivery.status]}</span> },
          { name: columns.tries, kind: 'right', cell: (delivery) => delivery.tries.length },
          { name: columns.last, cell: (delivery) => lastTry(delivery) },
        ]}
      />
    </section>
  );
}

const TONE: Record<InspectedDelivery['status'], string> = { pending: 'muted', delivered: 'good', failed: 'bad' };

function lastTry({ tries }: InspectedDelivery): string {
  const last = tries.at(-1);
  if (!last) return kit.nothing;
  return last.status == null ? (last.error ?? kit.nothing) : words.answered(last.status, last.latency_ms);
}
