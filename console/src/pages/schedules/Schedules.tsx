// Schedules: all of them, one, and the form in which one is made or changed.
import { api, body } from '../../api/client';
import { type Plan, may } from '../../api/types';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import { List, useList } from '../../kit/List';
import { address } from '../../router';
import { me } from '../../session/session';
import { en } from '../../strings';
import '../../styles/schedules.css';
import { now } from '../../ui/clock';
import { utc } from '../../ui/format';
import { type Page, query } from '../../ui/pages';
import { dayIn, momentIn } from '../../ui/zoned';
import { ChangeSchedule, MakeSchedule } from './Form';
import { One } from './One';
import { bounds, inWords } from './rule';
import { Standing } from './Standing';
import { words } from './strings';
import { pausing, runningNow } from './ways';

export function Schedules({ one, last }: { one: string | undefined; last: string | undefined }) {
  return <div class="page schedules">{pageOf(one, last)}</div>;
}

function pageOf(one: string | undefined, last: string | undefined) {
  if (one === undefined) return <All />;
  if (one === 'new') return <MakeSchedule />;
  return last === 'edit' ? <ChangeSchedule key={one} id={one} /> : <One key={one} id={one} />;
}

function All() {
  const list = useList<Plan>((cursor) => body(api.GET('/api/schedules', { params: { query: query(cursor) } })) as Promise<Page<Plan>>);
  const [dialog, ask] = useAsk();
  const editor = may(me.value, 'editor');
  const columns = words.columns;
  return (
    <>
      <Head title={en.nav.schedules} lead={words.lead}>
        <a class="button" href={address(['calendar'])}>{words.calendar}</a>
        {editor && <a class="button button-primary" href={address(['schedules', 'new'])}>{words.make}</a>}
      </Head>
      <List
        label={en.nav.schedules}
        list={list}
        id={(plan) => plan.schedule_id}
        name={(plan) => plan.name}
        empty={editor ? words.empty : words.emptyViewer}
        columns={[
          { name: columns.name, kind: 'long', cell: (plan) => <Named plan={plan} /> },
          { name: columns.state, cell: (plan) => <Standing of={plan} /> },
          { name: columns.next, cell: (plan) => <Next of={plan} /> },
          { name: columns.owner, cell: (plan) => <span class="nowrap">{plan.owner}</span> },
          { name: columns.made, kind: 'right', cell: (plan) => plan.made.toLocaleString('en') },
        ]}
        {...(editor
          ? {
              ways: (plan: Plan) => [
                { label: words.one.run, act: () => ask(runningNow(plan, list.reload)) },
                { label: plan.pause ? words.one.resume : words.one.pause, act: () => ask(pausing(plan, me.value, list.reload)) },
              ],
            }
          : {})}
      />
      {dialog}
    </>
  );
}

function Named({ plan }: { plan: Plan }) {
  const more = bounds(plan.rule, dayIn(plan.rule.zone, now.value));
  return (
    <>
      <a href={address(['schedules', plan.schedule_id])}><strong>{plan.name}</strong></a>
      <p class="muted small">{inWords(plan.rule)}{more && `, ${more}`}</p>
    </>
  );
}

function Next({ of: plan }: { of: Plan }) {
  if (!plan.next_at) return <span class="muted">{words.none}</span>;
  return <time class="nowrap" dateTime={plan.next_at} title={`${plan.rule.zone}\n${utc(plan.next_at)}`}>{momentIn(plan.rule.zone, plan.next_at)}</time>;
}
