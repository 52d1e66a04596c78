// Where a task's article stands on each of its targets.
import { useEffect, useRef, useState } from 'preact/hooks';

import { api, body, pace } from '../api/client';
import { type Problem, told } from '../api/problem';
import type { Placement, Task } from '../api/types';
import { me } from '../session/session';
import { poll } from '../shell/poll';
import { en } from '../strings';
import { useAttempt, useOnce } from '../ui/once';
import { Loading, Moment, Trouble } from '../ui/parts';
import { Section } from '../ui/Section';
import { say } from '../ui/toasts';
import { type Way, waysOf } from './placements';

const OFTEN_MS = 2_000;
const SELDOM_MS = 10_000;

export function Placements({ task }: { task: Task }) {
  // A target is told when an article goes live, not before.
  if (task.live_revision == null && task.status !== 'archived') return null;
  return <Stands key={task.task_id} task={task} />;
}

function Stands({ task }: { task: Task }) {
  const { task_id } = task;
  const [shown, setShown] = useState<readonly Placement[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, once] = useOnce();
  const attempt = useAttempt();
  /** How soon to look again; `null` while nothing moves by itself. */
  const moving = useRef<number | null>(null);
  const load = async () => {
    try {
      const { data } = await body(api.GET('/api/content/tasks/{task_id}/targets', { params: { path: { task_id } } }));
      const has = (status: Placement['status']) => data.some((one) => one.status === status);
      moving.current = has('pending') ? OFTEN_MS : has('held') ? SELDOM_MS : null;
      setShown(data);
      setProblem(null);
    } catch (error) {
      setProblem(told(error));
    }
  };
  useEffect(() => void load(), [task.version]);
  useEffect(
    () =>
      poll(
        async () => {
          if (moving.current !== null) await load();
        },
        () => pace(moving.current ?? SELDOM_MS, SELDOM_MS),
      ),
    [],
  );
  const see = (target: string, way: Way) =>
    once(async () => {
      const params = { path: { task_id, target }, header: { 'Idempotency-Key': attempt.keyFor({ target, way }) } };
      try {
        await body(api.POST('/api/content/tasks/{task_id}/targets/{target}/retry', { params, body: way === 'again' ? {} : { resolution: way } }));
        attempt.done();
        say(en.targets.done[way]);
        await load();
      } catch (error) {
        setProblem(told(error));
      }
    });
  if (shown === null && problem === null) return <Loading label={en.targets.loading} />;
  if (shown?.length === 0 && problem === null) return null;
  return (
    <Section title={en.targets.title} count={shown?.length ?? 0}>
      {problem && <Trouble problem={problem} />}
      <ul class="plain-list">
        {shown?.map((one) => (
          <li key={one.target} class="stand">
            <p>
              {/^https?:\/\//i.test(one.remote_url ?? '') ? <a href={one.remote_url ?? ''} target="_blank" rel="noopener noreferrer">{one.target}</a> : <strong>{one.target}</strong>}{' '}
              <span class={TONE[one.status] ?? 'muted'}>{en.targets.state[one.status]}</span>
            </p>
            {one.message && <p class="muted small">{one.message}</p>}
            <p class="muted small">
              {one.revision != null && `${en.review.revision(one.revision)}, `}
              {en.facts.tries(one.attempts)}, <Moment at={one.updated_at} />
            </p>
            {waysOf(one, me.value).length > 0 && (
              <p class="stand-ways">
                {waysOf(one, me.value).map((way) => (
                  <button key={way} type="button" class="button button-small" disabled={busy} onClick={() => void see(one.target, way)}>{en.targets.way[way]}</button>
                ))}
              </p>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}

const TONE: Partial<Record<Placement['status'], string>> = { placed: 'good', failed: 'bad', conflict: 'bad' };
