// What an editor does with a schedule, each asked for before it is done.
import { api, body } from '../../api/client';
import type { Me, Plan } from '../../api/types';
import type { Question } from '../../kit/Ask';
import { address, go } from '../../router';
import { say } from '../../ui/toasts';
import { occurrenceInWords } from './rule';
import { words } from './strings';

const said = words.one;
type Known = Pick<Plan, 'schedule_id' | 'name'>;

/** Has a schedule pause, or go on. */
export function pausing({ schedule_id, name, owner, pause }: Plan, me: Me | null, done: () => void): Question<unknown> {
  const paused = !pause;
  const takes = !paused && me !== null && owner !== me.subject ? ` ${said.takes(owner)}` : '';
  return {
    title: paused ? said.pauseTitle(name) : said.resumeTitle(name),
    lead: paused ? said.pauseLead : `${said.resumeLead}${takes}`,
    send: paused ? said.pause : said.resume,
    act: async () => {
      await body(api.PATCH('/api/schedules/{schedule_id}', { params: { path: { schedule_id } }, body: { paused } }));
      say(paused ? said.isPaused(name) : said.isResumed(name));
      done();
    },
  };
}

export function runningNow({ schedule_id, name }: Known, done: () => void): Question<unknown> {
  return {
    title: said.runTitle(name),
    lead: said.runLead,
    send: said.run,
    act: async (_, key) => {
      const params = { path: { schedule_id }, header: { 'Idempotency-Key': key } };
      const run = await body(api.POST('/api/schedules/{schedule_id}/run', { params }));
      say(said.ran, run.task_id ? { href: address(['tasks', run.task_id]), label: said.toTask, here: 'here' } : undefined);
      done();
    },
  };
}

export function leavingOut({ schedule_id }: Known, at: string, done: () => void): Question<unknown> {
  const when = occurrenceInWords(at);
  return {
    title: said.skipTitle(when),
    lead: said.skipLead,
    send: said.skip,
    act: async (_, key) => {
      const params = { path: { schedule_id, at }, header: { 'Idempotency-Key': key } };
      await body(api.POST('/api/schedules/{schedule_id}/occurrences/{at}/skip', { params }));
      say(said.skipped(when));
      done();
    },
  };
}

export function removing({ schedule_id, name }: Known): Question<unknown> {
  return {
    title: said.removeTitle(name),
    lead: said.removeLead,
    send: said.remove,
    tone: 'bad',
    act: async () => {
      await body(api.DELETE('/api/schedules/{schedule_id}', { params: { path: { schedule_id } } }));
      say(said.removed(name));
      go(address(['schedules']));
    },
  };
}
