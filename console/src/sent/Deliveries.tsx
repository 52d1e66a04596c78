// What was sent to a task's callback, and what came of it.
import { api, body } from '../api/client';
import { told } from '../api/problem';
import { type Delivery, type Task, may } from '../api/types';
import { me } from '../session/session';
import { en } from '../strings';
import { useAttempt } from '../ui/once';
import { type Page, query, usePages } from '../ui/pages';
import { Moment, Trouble } from '../ui/parts';
import { Section } from '../ui/Section';
import { say } from '../ui/toasts';

interface DeliveriesProps {
  task: Task;
  /** The newest of them, as the task was read with; `null` where it was read without. */
  first: readonly Delivery[] | null;
}

/** So many deliveries come with a task; where there are as many, there may be more. */
const WITH_TASK = 20;

export function Deliveries({ task, first }: DeliveriesProps) {
  if (!task.callback_url) return null;
  return <Sent task={task} first={first} />;
}

function Sent({ task, first }: DeliveriesProps) {
  const path = { task_id: task.task_id };
  const { shown, problem, older, reload, setProblem } = usePages<Delivery>(
    (cursor) => body(api.GET('/api/content/tasks/{task_id}/deliveries', { params: { path, query: query(cursor) } })) as Promise<Page<Delivery>>,
    task.version,
    first !== null && first.length < WITH_TASK ? first : null,
  );
  const attempt = useAttempt();
  const again = async (delivery: string) => {
    const params = { path: { ...path, delivery_id: delivery }, header: { 'Idempotency-Key': attempt.keyFor(delivery) } };
    try {
      await body(api.POST('/api/content/tasks/{task_id}/deliveries/{delivery_id}/redeliver', { params }));
      attempt.done();
      say(en.facts.sentAgain);
      reload();
    } catch (error) {
      setProblem(told(error));
    }
  };
  return (
    <Section title={en.facts.deliveries} count={shown?.data.length ?? 0}>
      {problem && <Trouble problem={problem} />}
      <ul class="plain-list">
        {shown?.data.map((delivery) => (
          <li key={delivery.delivery_id} class="delivery">
            <span>
              <span class={delivery.status === 'failed' ? 'bad' : delivery.status === 'delivered' ? 'good' : 'muted'}>{delivery.status}</span> {delivery.event_type}{' '}
              <span class="muted small">{en.facts.tries(delivery.tries.length)}, <Moment at={delivery.created_at} /></span>
            </span>
            {may(me.value, 'author') && delivery.status !== 'pending' && (
              <button type="button" class="button button-small" onClick={() => void again(delivery.delivery_id)}>{en.facts.again}</button>
            )}
          </li>
        ))}
      </ul>
      {older && <button type="button" class="button button-small" onClick={older}>{en.facts.more}</button>}
    </Section>
  );
}
