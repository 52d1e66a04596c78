// What readers can read now, with the task that each article comes from: its history, and whether its next text waits.
import { useEffect, useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import { type Problem, told } from '../../api/problem';
import type { Task } from '../../api/types';
import { address } from '../../router';
import { Deliveries } from '../../sent/Deliveries';
import { Placements } from '../../sent/Placements';
import { en } from '../../strings';
import { Age, Empty, Loading, Trouble } from '../../ui/parts';
import { calendarLink } from '../queue/list';
import { words } from './strings';

interface Shown {
  tasks: Task[];
  cursor: string | null;
}

type Status = 'published' | 'awaiting_approval';

const page = (status: Status, cursor: string | null) =>
  body(api.GET('/api/content/tasks', { params: { query: { status: [status], limit: 50, ...(cursor === null ? {} : { cursor }) } } })) as Promise<{
    data: Task[];
    next_cursor?: string | null;
  }>;

export function Published() {
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = async (cursor: string | null, before: readonly Task[]) => {
    try {
      const [live, waiting] = await Promise.all([page('published', cursor), cursor === null ? page('awaiting_approval', null) : { data: [] }]);
      const again = waiting.data.filter((task) => task.live_revision != null);
      setShown({ tasks: [...again, ...before, ...live.data], cursor: live.next_cursor ?? null });
      setProblem(null);
    } catch (error) {
      setProblem(told(error));
    }
  };
  useEffect(() => {
    calendarLink.value = null;
    void load(null, []);
  }, []);
  return (
    <div class="page">
      <header class="page-head"><h1>{en.nav.published}</h1></header>
      {problem && <Trouble problem={problem} again={() => void load(null, [])} />}
      {!shown && !problem && <Loading label={words.loading} />}
      {shown?.tasks.length === 0 && <Empty title={words.empty.title} hint={words.empty.hint} />}
      {shown && shown.tasks.length > 0 && (
        <ul class="articles">
          {shown.tasks.map((task) => <Line key={task.task_id} task={task} />)}
        </ul>
      )}
      {shown?.cursor && <button type="button" class="button" onClick={() => void load(shown.cursor, shown.tasks)}>{en.queue.more}</button>}
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
        {task.status === 'awaiting_approval' && <span class="badge badge-wants">{words.waits}</span>}
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
