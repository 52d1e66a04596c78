// What has no place in time yet: it waits for a decision, is in work, or goes live at once.
import type { State, UnscheduledTask } from '../../api/types';
import { address } from '../../router';
import { en } from '../../strings';
import { Age } from '../../ui/parts';
import { Section } from '../../ui/Section';
import { KindMark } from './Kind';
import { words } from './strings';

type Kind = 'waiting' | 'in_work' | 'approved';

/** The queue that shows the same, whole. */
const QUEUE: Record<Kind, State[]> = { waiting: ['awaiting_approval'], in_work: ['pending', 'generating'], approved: ['approved'] };
const KINDS = Object.keys(QUEUE) as Kind[];
const MOST = 12;

export function Drawer({ tasks }: { tasks: readonly UnscheduledTask[] }) {
  return (
    <aside class="facts cal-drawer" aria-label={words.drawer}>
      <h2>{words.drawer}</h2>
      {tasks.length === 0 && <p class="muted">{words.drawerEmpty}</p>}
      {KINDS.map((kind) => <Group key={kind} kind={kind} tasks={tasks.filter((task) => task.kind === kind)} />)}
    </aside>
  );
}

function Group({ kind, tasks }: { kind: Kind; tasks: readonly UnscheduledTask[] }) {
  if (tasks.length === 0) return null;
  const left = tasks.length - MOST;
  return (
    <Section title={words.kinds[kind]} count={tasks.length}>
      <ul class="plain-list">
        {tasks.slice(0, MOST).map((task) => (
          <li key={task.task_id} class="cal-waits">
            <KindMark kind={kind} />
            <a href={address(['tasks', task.task_id])}>{task.title}</a>
            <span class="muted small">{en.type[task.task_type]} · <Age at={task.created_at} /></span>
          </li>
        ))}
      </ul>
      {left > 0 && <a class="small" href={address(['queue'], { state: QUEUE[kind].join(',') })}>{words.drawerMore(left)}</a>}
    </Section>
  );
}
