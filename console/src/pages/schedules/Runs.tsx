// What came of a schedule's occurrences: the task, what it cost, why there is none or why it failed, and what happens next.
import { api, body } from '../../api/client';
import type { Run, Schedule, Task } from '../../api/types';
import { List, type useList } from '../../kit/List';
import { useRead } from '../../kit/read';
import { kit } from '../../kit/strings';
import { address } from '../../router';
import { utc } from '../../ui/format';
import { Money, StateBadge } from '../../ui/parts';
import { momentIn } from '../../ui/zoned';
import { words } from './strings';

const said = words.runs;

export function Runs({ of: schedule, list }: { of: Schedule; list: ReturnType<typeof useList<Run>> }) {
  const { zone } = schedule.rule;
  return (
    <section class="kit-part" aria-label={said.title}>
      <h2>{said.title}</h2>
      <List
        label={said.title}
        list={list}
        id={(run) => `${run.occurrence ?? ''} ${run.at}`}
        empty={said.empty}
        columns={[
          {
            name: said.columns.due,
            cell: (run) => (
              <>
                <time dateTime={run.due_at} title={utc(run.due_at)}>{momentIn(zone, run.due_at)}</time>
                {!run.occurrence && run.outcome !== 'paused' && <p class="muted small">{said.atOnce}</p>}
              </>
            ),
          },
          { name: said.columns.outcome, kind: 'long', cell: (run) => <Outcome of={run} /> },
          { name: said.columns.next, cell: (run) => <span class="muted">{nextOf(run, schedule)}</span> },
          { name: said.columns.cost, kind: 'right', cell: (run) => (run.cost_usd ? <Money amount={run.cost_usd} /> : kit.nothing) },
        ]}
      />
    </section>
  );
}

function Outcome({ of: run }: { of: Run }) {
  const { outcome, task_id, task_status, reason, paused_because, missed_before } = run;
  return (
    <>
      <span class={outcome === 'refused' || outcome === 'paused' ? 'bad' : outcome === 'made' ? 'good' : ''}>{said.outcome[outcome]}</span>{' '}
      {task_status && <StateBadge state={task_status} />}{' '}
      {task_id && <a href={address(['tasks', task_id])}>{outcome === 'made' ? said.theTask : said.inTheWay}</a>}
      {reason && <p class="small">{reason}</p>}
      {paused_because && <p class="small">{words.because[paused_because]}</p>}
      {outcome === 'made' && task_status === 'failed' && task_id && <WhyFailed task={task_id} />}
      {missed_before > 0 && <p class="muted small">{said.missedBefore(missed_before)}</p>}
    </>
  );
}

/** Runs tell where their tasks stand, and not why: that is in the task. */
function WhyFailed({ task }: { task: string }) {
  const read = useRead(() => body(api.GET('/api/content/tasks/{task_id}', { params: { path: { task_id: task } } })) as Promise<Task>);
  const why = read.value?.error?.message ?? read.problem?.message;
  return why ? <p class="bad small">{why}</p> : null;
}

/** What happens next after a run: with its task, where somebody has to do with that, and else with the schedule. */
export function nextOf({ outcome, task_status }: Run, { pause, next_at, rule }: Schedule): string {
  const { next } = said;
  if (outcome === 'made' && task_status === 'failed') return next.failed;
  if (outcome === 'made' && task_status === 'awaiting_approval') return next.review;
  if (outcome === 'made' && (task_status === 'pending' || task_status === 'generating')) return next.written;
  if (pause) return next.paused;
  return next_at ? next.next(momentIn(rule.zone, next_at)) : next.over;
}
