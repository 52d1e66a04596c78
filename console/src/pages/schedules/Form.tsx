// The form in which a schedule is made or changed. What the API refuses is said at its field, and what was typed stays.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import { type Problem, told } from '../../api/problem';
import { type Rule, type Schedule, type Task, may } from '../../api/types';
import { Head } from '../../kit/Area';
import { Fields } from '../../kit/Fields';
import { type Value, type Values, filled } from '../../kit/form';
import { useRead } from '../../kit/read';
import { Reading } from '../../kit/Reading';
import { kit } from '../../kit/strings';
import { placesOf } from '../../kit/wrong';
import { address, go, place } from '../../router';
import { me } from '../../session/session';
import { en } from '../../strings';
import { zone } from '../../ui/format';
import { useAttempt, useOnce } from '../../ui/once';
import { Trouble } from '../../ui/parts';
import { say } from '../../ui/toasts';
import { isZone, zones } from '../../ui/zoned';
import { type Group, allFields, changesOf, groupsOf, known, likeTask, newSchedule, takesOver, usual } from './form';
import { inWords } from './rule';
import { words } from './strings';

const said = words.form;
const mayPublish = () => may(me.value, 'admin');
const ownZone = () => (isZone(zone()) ? zone() : 'UTC');
const toSchedule = (id: string) => go(address(['schedules', id]));

export function MakeSchedule() {
  const attempt = useAttempt();
  const from = place.value.query.get('from');
  const make = async (groups: readonly Group[], values: Values) => {
    const asked = newSchedule(groups.flatMap(({ fields }) => fields), values);
    const header = { 'Idempotency-Key': attempt.keyFor(asked) };
    const made = await body(api.POST('/api/schedules', { params: { header }, body: asked }));
    say(said.made);
    toSchedule(made.schedule_id);
  };
  return (
    <>
      <p><a href={address(['schedules'])}>{words.one.back}</a></p>
      <Head title={said.newTitle} lead={words.lead} />
      {from === null ? (
        <ScheduleForm label={said.newTitle} value={usual(ownZone())} send={said.send} act={make} />
      ) : (
        <LikeTask task={from}>{(value) => <ScheduleForm label={said.newTitle} value={value} send={said.send} act={make} />}</LikeTask>
      )}
    </>
  );
}

/** A form that begins with what a task was asked for with. */
function LikeTask({ task, children }: { task: string; children: (value: object) => ComponentChildren }) {
  const read = useRead(() => body(api.GET('/api/content/tasks/{task_id}', { params: { path: { task_id: task } } })) as Promise<Task>);
  return <Reading of={read}>{(known) => children(likeTask(known, ownZone()))}</Reading>;
}

export function ChangeSchedule({ id }: { id: string }) {
  const path = { schedule_id: id };
  const read = useRead(() => body(api.GET('/api/schedules/{schedule_id}', { params: { path } })) as Promise<Schedule>);
  return (
    <>
      <p><a href={address(['schedules', id])}>{read.value?.name ?? en.nav.schedules}</a></p>
      <Reading of={read}>{(schedule) => <Changing schedule={schedule} />}</Reading>
    </>
  );
}

function Changing({ schedule }: { schedule: Schedule }) {
  const { schedule_id, owner } = schedule;
  const before = filled(allFields(mayPublish()), known(schedule));
  const changes = (groups: readonly Group[], values: Values) => changesOf(schedule, groups.flatMap(({ fields }) => fields), before, values);
  const save = async (groups: readonly Group[], values: Values) => {
    await body(api.PATCH('/api/schedules/{schedule_id}', { params: { path: { schedule_id } }, body: changes(groups, values) }));
    say(said.saved);
    toSchedule(schedule_id);
  };
  return (
    <>
      <Head title={said.changeTitle(schedule.name)} lead={owner === me.value?.subject ? undefined : said.takes(owner)} />
      <ScheduleForm label={said.changeTitle(schedule.name)} value={known(schedule)} send={said.save} act={save} changes={changes} owner={owner} />
    </>
  );
}

interface FormProps {
  label: string;
  value: object;
  send: string;
  act: (groups: readonly Group[], values: Values) => Promise<void>;
  /** What differs from what is there, where something is. */
  changes?: (groups: readonly Group[], values: Values) => object;
  owner?: string;
}

function ScheduleForm({ label, value, send, act, changes, owner }: FormProps) {
  const [values, setValues] = useState<Values>(() => filled(allFields(mayPublish()), value));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, once] = useOnce();
  const named = String(values['rule.zone'] ?? '');
  const groups = groupsOf(values, zones(...(named === '' ? [] : [named]), ownZone()), mayPublish());
  const changed = changes?.(groups, values);
  const unchanged = changed !== undefined && Object.keys(changed).length === 0;
  const set = (name: string, typed: Value) => {
    setValues((all) => ({ ...all, [name]: typed }));
    // What was wrong with a rule of another kind is wrong no more.
    if (name === 'rule.repeat') setProblem(null);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (unchanged) return;
    void once(async () => {
      try {
        await act(groups, values);
      } catch (error) {
        setProblem(told(error));
      }
    });
  };
  return (
    <form
      class="schedule-form"
      aria-label={label}
      // The API says what is wrong, of all fields at once.
      noValidate
      onSubmit={submit}
    >
      {groups.map(({ title, lead, fields }) => (
        <fieldset key={title} class="kit-card">
          <legend><h2>{title}</h2></legend>
          {lead && <p class="muted small">{lead}</p>}
          <Fields id="schedule" fields={fields} values={values} set={set} problem={problem} />
          {title === said.when && <Due values={values} groups={groups} error={ofRule(problem)} />}
        </fieldset>
      ))}
      {problem && <Trouble problem={problem} besides={['rule', ...placesOf(groups.flatMap(({ fields }) => fields), problem)]} />}
      <footer class="dialog-foot schedule-foot">
        <p class="muted small kit-foot-says" role="status">
          {unchanged ? kit.form.unchanged : changed && owner !== undefined && owner !== me.value?.subject && takesOver(changed) ? words.one.takes(owner) : ''}
          {changed && 'topics' in changed && ` ${said.newTopics}`}
        </p>
        <button type="submit" class="button button-primary" disabled={busy || unchanged}>{send}</button>
      </footer>
    </form>
  );
}

/** What is wrong with the rule as a whole, and with none of its fields. */
const ofRule = (problem: Problem | null): string | undefined => problem?.of('rule');

/** What was chosen, in words. */
function Due({ values, groups, error }: { values: Values; groups: readonly Group[]; error: string | undefined }) {
  const { rule } = newSchedule(groups.flatMap(({ fields }) => fields), values);
  return (
    <>
      <p class="muted" role="status">{said.due}: <strong>{inWords(rule as Rule)}</strong></p>
      {error && <p class="field-error" role="alert">{error}</p>}
    </>
  );
}
