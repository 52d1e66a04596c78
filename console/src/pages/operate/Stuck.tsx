// What is overdue, with what to do about it; and what was given up.
import { api, body } from '../../api/client';
import type { Ended, Stuck as Item } from '../../api/types';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import { List, Table, useList } from '../../kit/List';
import { useRead } from '../../kit/read';
import { Reading } from '../../kit/Reading';
import { kit } from '../../kit/strings';
import { address } from '../../router';
import { en } from '../../strings';
import { type Page, query } from '../../ui/pages';
import { Empty, Moment } from '../../ui/parts';
import { say } from '../../ui/toasts';
import { ops } from './strings';

const words = ops.stuck;
const SHOWN = 100;

/** What is no task is looked for in the log, by its id. */
export function Thing({ id }: { id: string }) {
  return id.startsWith('task_') ? <a href={address(['operate', 'task', id])}><code>{id}</code></a> : <code>{id}</code>;
}

export function Stuck() {
  const read = useRead(() => body(api.GET('/api/admin/stuck', { params: { query: { limit: SHOWN } } })) as Promise<{ data: Item[]; total: number }>);
  return (
    <>
      <Head title={en.operate.stuck} lead={<>{words.lead} {ops.runbook}: <code>{ops.parts.stuck}</code></>}>
        <button type="button" class="button" onClick={() => void read.reload()}>{ops.letters.look}</button>
      </Head>
      <Reading of={read}>
        {({ data, total }) =>
          data.length === 0 ? (
            <Empty {...words.empty} />
          ) : (
            <>
              <p class="muted" role="status">{words.total(data.length, total)}</p>
              <Table
                label={en.operate.stuck}
                rows={data}
                id={(item) => `${item.kind} ${item.id}`}
                columns={[
                  { name: words.columns.what, cell: (item) => <><Thing id={item.id} /> <span class="muted small">{item.kind}</span></> },
                  { name: words.columns.tenant, cell: (item) => item.tenant },
                  { name: words.columns.reason, kind: 'long', cell: (item) => <><strong>{item.reason.replaceAll('_', ' ')}{item.provider ? `: ${item.provider}` : ''}</strong><p class="muted small">{words.reasons[item.reason]}</p></> },
                  { name: words.columns.overdue, kind: 'right', cell: (item) => kit.seconds(item.overdue_s) },
                  { name: words.columns.resends, kind: 'right', cell: (item) => item.resends },
                ]}
              />
            </>
          )
        }
      </Reading>
      <GivenUp />
    </>
  );
}

function GivenUp() {
  const list = useList<Ended>((cursor) => body(api.GET('/api/admin/ended', { params: { query: query(cursor) } })) as Promise<Page<Ended>>);
  const [dialog, ask] = useAsk();
  const { title, lead, columns, again, againTitle, done, empty } = ops.ended;
  const redrive = (ended: Ended) =>
    ask({
      title: againTitle(ended.id),
      send: again,
      act: async (_, key) => {
        await body(api.POST('/api/admin/ended/{ended_id}/redrive', { params: { path: { ended_id: ended.ended_id }, header: { 'Idempotency-Key': key } } }));
        say(done(ended.id));
        list.reload();
      },
    });
  return (
    <section class="kit-part" aria-label={title}>
      <h2>{title}</h2>
      <p class="muted">{lead}</p>
      <List
        label={title}
        list={list}
        id={(ended) => ended.ended_id}
        name={(ended) => ended.id}
        empty={empty}
        columns={[
          { name: columns.what, cell: (ended) => <><Thing id={ended.id} /> <span class="muted small">{ended.kind}</span></> },
          { name: columns.tenant, cell: (ended) => ended.tenant },
          { name: columns.tries, kind: 'right', cell: (ended) => ended.tries },
          { name: columns.at, cell: (ended) => <Moment at={ended.ended_at} /> },
        ]}
        ways={(ended) => [{ label: again, act: () => redrive(ended) }]}
      />
      {dialog}
    </section>
  );
}
