// What a tenant has on nearly the same subject, or with nearly the same text.
import type { NearTask } from '../api/types';
import { address } from '../router';
import { en } from '../strings';
import { StateBadge } from '../ui/parts';

/** `leave` is called before a link is followed. */
export function NearList({ near, leave }: { near: readonly NearTask[]; leave?: () => void }) {
  return (
    <ul class="plain-list near">
      {near.map(({ task_id, title, status, near_in, likeness }) => (
        <li key={`${task_id} ${near_in}`}>
          <a href={address(['tasks', task_id])} onClick={leave}>{title}</a> <StateBadge state={status} />
          <p class="muted small">{en.near[near_in](likeness)}</p>
        </li>
      ))}
    </ul>
  );
}
