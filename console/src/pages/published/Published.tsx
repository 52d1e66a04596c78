// What readers can read now, with the task that each article comes from: its history, and what becomes of its next text.
import { useEffect, useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import { type Problem, told } from '../../api/problem';
import type { Task } from '../../api/types';
import { address } from '../../router';
import { Deliveries } from '../../sent/Deliveries';
import { Placements } from '../../sent/Placements';
import { en } from '../../strings';
import { local } from '../../ui/format';
import { useOnce } from '../../ui/once';
import { query } from '../../ui/pages';
import { Age, Empty, Loading, Trouble } from '../../ui/parts';
import { calendarLink } from '../queue/list';
import { type Live, type Page, NONE, goOn, hasMore } from './live';
import { words } from './strings';

const page: Page = (states, cursor) =>
  body(api.GET('/api/content/tasks', { params: { query: { status: [...states], limit: 50, ...query(cursor ?? null) } } })) as ReturnType<Page>;

export function Published() {
  const [shown, setShown] = useState<Live | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, once] = useOnce();
  const load = (before: Live) =>
    once(async () => {
      try {
        setShown(await goOn(before, page));
        setProblem(null);
      } catch (error) {
        setProblem(told(error));
      }
    });
  useEffect(() => {
    calendarLink.value = null;
    void load(NONE);
  }, []);
  const more = shown !== null && hasMore(shown);
  return (
    <div class="page">
      <header class="page-head"><h1>{en.nav.published}</h1></header>
      {problem && <Trouble problem={problem} again={() => void load(NONE)} />}
      {!shown && !problem && <Loading label={words.loading} />}
      {shown?.tasks.length === 0 && <Empty title={more ? words.empty.soFar : words.empty.title} hint={more ? '' : words.empty.hint} />}
      {shown && shown.tasks.length > 0 && (
        <ul class="articles">
          {shown.tasks.map((task) => <Line key={task.task_id} task={task} />)}
        </ul>
      )}
      {more && <button type="button" class="button" disabled={busy} onClick={() => void load(shown)}>{en.queue.more}</button>}
    </div>
  );
}

function Line({ task }: { task: Task }) {
  // Read while somebody looks: most of a list is only read over.
  const [looked, look] = useState(false);
  return (
    <li>
      <a class="article-title" href={address(['tasks', task.task_id])}>{task.title ?? task.topic}</a>
      {task.excerpt && <p class="muted article-excerpt">{task.excerpt}</p>}
      <p class="review-line">
        {task.live_revision != null && <span>{words.live(task.live_revision)}</span>}
        {task.approval && <span>{words.by(task.approval.reviewer_id)}</span>}
        <Age at={task.approval?.at ?? task.updated_at} />
        <Next task={task} />
        {task.published_url && <a href={task.published_url} target="_blank" rel="noopener">{words.open}</a>}
      </p>
      <details class="article-sent" onToggle={(event) => look(event.currentTarget.open)}>
        <summary>{words.sent}</summary>
        {looked && (
          <div class="article-where" data-nowhere={words.nowhere}>
            <Placements task={task} />
            <Deliveries task={task} first={null} />
          </div>
        )}
      </details>
    </li>
  );
}

/** What becomes of the text that follows the live one. */
function Next({ task: { status, publish_at } }: { task: Task }) {
  const next = words.next[status];
  if (next === undefined) return null;
  return (
    <span class={`badge badge-${status === 'awaiting_approval' ? 'wants' : status === 'failed' ? 'bad' : 'info'}`}>
      {next} {status === 'approved' && publish_at != null && en.queue.scheduled(local(publish_at))}
    </span>
  );
}
