// A task whose text cannot be saved to now: why, and what was typed for it before.
import { useState } from 'preact/hooks';

import type { Task } from '../../api/types';
import { address } from '../../router';
import { me } from '../../session/session';
import { en } from '../../strings';
import { lastKept, nameOf } from './kept';

export function Closed({ task }: { task: Task }) {
  const subject = me.value?.subject ?? '';
  const [found, setFound] = useState(() => lastKept(localStorage, subject, task.task_id, Date.now()));
  return (
    <div class="page">
      <header class="page-head"><h1>{task.title ?? task.topic}</h1></header>
      <p class="notice notice-wants" role="status">
        <span>{en.edit.notNow(en.state[task.status])}</span>
        <a href={address(['tasks', task.task_id])}>{en.edit.leave}</a>
      </p>
      {found && (
        <div class="field">
          <label for="kept">{en.edit.keptOf(found.revision)}</label>
          <textarea id="kept" class="bulk-text" rows={16} readOnly value={[found.kept.title, found.kept.excerpt, found.kept.text].filter(Boolean).join('\n\n')} />
          <p>
            <button
              type="button"
              class="button"
              onClick={() => {
                localStorage.removeItem(nameOf(subject, task.task_id, found.revision));
                setFound(null);
              }}
            >
              {en.edit.discard}
            </button>
          </p>
        </div>
      )}
    </div>
  );
}
