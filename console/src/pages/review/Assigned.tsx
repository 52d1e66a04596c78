// Who is to see to a task. It is no decision: nothing that somebody reads or decides on meanwhile is disturbed.
import { useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import { type Problem, told } from '../../api/problem';
import { type Task, may } from '../../api/types';
import { me } from '../../session/session';
import { useKeys } from '../../shell/keys';
import { en } from '../../strings';
import { useOnce } from '../../ui/once';
import { Key, Menu, Trouble } from '../../ui/parts';
import { say } from '../../ui/toasts';
import { tasks } from '../queue/list';

/** Gives the task to `to`, or to nobody. */
async function assign({ task_id }: Task, to: string | null): Promise<string | null> {
  const params = { path: { task_id } };
  const path = '/api/content/tasks/{task_id}/assignee';
  const given = await body(to === null ? api.DELETE(path, { params }) : api.PUT(path, { params, body: { assignee: to } }));
  return given.assignee ?? null;
}

export function Assigned({ task, given }: { task: Task; given: (to: string | null) => void }) {
  const [name, setName] = useState('');
  const [busy, once] = useOnce();
  const [problem, setProblem] = useState<Problem | null>(null);
  const mine = me.value?.subject ?? null;
  const mayGive = may(me.value, 'editor');
  const give = (to: string | null) =>
    once(async () => {
      setProblem(null);
      try {
        const now = await assign(task, to);
        given(now);
        setName('');
        say(now === null ? en.review.unassigned : en.review.assigned(now));
      } catch (error) {
        setProblem(told(error));
      }
    });
  useKeys(mayGive ? { m: () => void give(task.assignee === mine ? null : mine) } : {});
  const known = [...new Set((tasks.value ?? []).flatMap((one) => one.assignee ?? []))];
  if (!mayGive) return task.assignee ? <span>{en.review.assigned(task.assignee)}</span> : null;
  return (
    <Menu label={task.assignee ? en.review.assigned(task.assignee) : en.review.assign} kind="form">
      <form onSubmit={(event) => { event.preventDefault(); void give(name.trim()); }}>
        <label>
          <span>{en.review.assignTo}</span>
          <input class="select" list="assignees" required maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <datalist id="assignees">{known.map((one) => <option key={one} value={one} />)}</datalist>
        <button type="submit" class="button" disabled={busy}>{en.review.assign}</button>
      </form>
      {task.assignee !== mine && <button type="button" class="button" disabled={busy} aria-keyshortcuts="m" onClick={() => void give(mine)}>{en.review.assignMe} <Key of="m" /></button>}
      {task.assignee && <button type="button" class="button" disabled={busy} onClick={() => void give(null)}>{en.review.assignNobody}</button>}
      {problem && <Trouble problem={problem} />}
    </Menu>
  );
}
