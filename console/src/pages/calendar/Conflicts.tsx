// What is in the way of what, in words, with where to go about it.
import { Fragment } from 'preact';

import type { CalendarConflict } from '../../api/types';
import { address } from '../../router';
import { utc } from '../../ui/format';
import { momentIn } from '../../ui/zoned';
import type { Loaded } from './load';
import { words } from './strings';

/** More than so many are folded: they would push the days out of sight. */
const OPEN = 3;

export function Conflicts({ loaded, zone }: { loaded: Loaded; zone: string }) {
  const { conflicts } = loaded.calendar;
  if (conflicts.length === 0) return null;
  return (
    <details class="notice notice-wants cal-conflicts" open={conflicts.length <= OPEN}>
      <summary>{words.conflicts(conflicts.length)}</summary>
      <ul>
        {conflicts.map((conflict, at) => (
          <li key={at}>
            <time dateTime={conflict.at} title={utc(conflict.at)}>{momentIn(zone, conflict.at)}</time>{' '}
            <Said of={conflict} loaded={loaded} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Said({ of: { kind, task_ids, schedule_ids }, loaded }: { of: CalendarConflict; loaded: Loaded }) {
  const { data, unscheduled } = loaded.calendar;
  const title = (id: string) => [...data, ...unscheduled].find((one) => one.task_id === id)?.title ?? words.theTask;
  const tasks = task_ids.map((id) => <a key={id} href={address(['tasks', id])}>{title(id)}</a>);
  const schedules = schedule_ids.map((id) => <a key={id} href={address(['schedules', id])}>{loaded.names.get(id) ?? words.aSchedule}</a>);
  if (kind === 'published_together') return <><Listed all={tasks} /> {words.conflict[kind]}</>;
  if (kind === 'task_still_open') return <><Listed all={schedules} /> {words.conflict[kind]} <Listed all={tasks} /></>;
  return <><Listed all={schedules} /> {words.conflict[kind]}</>;
}

function Listed({ all }: { all: readonly preact.JSX.Element[] }) {
  return <>{all.map((one, at) => <Fragment key={at}>{at > 0 && (at === all.length - 1 ? words.and : ', ')}{one}</Fragment>)}</>;
}
