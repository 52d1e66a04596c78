// What is scheduled gets another hour, in the zone that the calendar shows.
import { api, body } from '../../api/client';
import { Problem } from '../../api/problem';
import { type CalendarEntry, type Me, type Task, may } from '../../api/types';
import type { Question } from '../../kit/Ask';
import type { FieldSpec } from '../../kit/form';
import { say } from '../../ui/toasts';
import { instantOf, momentIn, timeIn } from '../../ui/zoned';
import { words } from './strings';

const said = words.move;
const FIELDS: FieldSpec[] = [
  { name: 'day', label: said.day, kind: 'date' },
  { name: 'time', label: said.time, kind: 'time' },
];

/** Whether somebody may give an entry another hour: an editor, what is approved for one. */
export const movable = (entry: CalendarEntry | null, me: Me | null): entry is CalendarEntry & { task_id: string } =>
  entry?.kind === 'scheduled' && typeof entry.task_id === 'string' && may(me, 'editor');

const isAt = ({ publish_at }: Task, at: string): boolean => typeof publish_at === 'string' && Date.parse(publish_at) === Date.parse(at);

/** Asks for the hour, beginning with `day` at the hour that it has. The move is of the task as it is when it is sent, if it still has that hour. */
export function moving({ task_id, title, at }: CalendarEntry & { task_id: string }, day: string, zone: string, done: (day: string) => void): Question<{ day: string; time: string }> {
  return {
    title: said.title(title),
    lead: said.lead(momentIn(zone, at), zone),
    fields: FIELDS,
    values: { day, time: timeIn(zone, at) },
    send: said.send,
    act: async (asked, key) => {
      const publish_at = instantOf(zone, asked.day, asked.time);
      if (publish_at === null) throw new Problem(0, 'invalid', said.noHour);
      const path = { task_id };
      const task = (await body(api.GET('/api/content/tasks/{task_id}', { params: { path } }))) as Task;
      // Sent before, by an answer that got lost.
      const isMoved = isAt(task, publish_at);
      if (!isMoved && !isAt(task, at)) throw new Problem(0, 'changed', said.changed);
      const header = { 'If-Match': `"${task.version}"`, 'Idempotency-Key': key };
      if (!isMoved) await body(api.POST('/api/content/tasks/{task_id}/schedule', { params: { path, header }, body: { publish_at } }));
      say(said.done(momentIn(zone, publish_at)));
      done(asked.day);
    },
  };
}
