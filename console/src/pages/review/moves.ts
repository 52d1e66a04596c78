// What somebody may do with a task, and how the API is told. Each move is bound to the revision and the version that they saw.
import { api, body } from '../../api/client';
import { type Me, type Task, may } from '../../api/types';
import type { Attempt } from '../../ui/once';

export type Move = 'approve' | 'changes' | 'reject' | 'unpublish' | 'cancel' | 'retry' | 'back' | 'schedule';

/** `own`: the tenant wants somebody else to approve what the caller wrote. The API decides; this says so before. */
export type Text = 'own' | 'anyones';

/** `writer`: whoever wrote the text, as the API says. */
export function textOf({ writer, fourEyes }: { writer: string | null; fourEyes: boolean }, me: Me | null): Text {
  return fourEyes && me !== null && writer === me.subject ? 'own' : 'anyones';
}

/** The moves that the task's state and the caller's role allow, the usual one first. */
export function movesOf(task: Task, me: Me | null, revision: number, text: Text = 'anyones'): Move[] {
  const [author, editor] = [may(me, 'author'), may(me, 'editor')];
  const { status } = task;
  const decidable = status === 'awaiting_approval' && revision === task.revision;
  const moves: [Move, boolean][] = [
    ['approve', editor && decidable && text === 'anyones'],
    ['changes', editor && (decidable || (status === 'published' && revision === task.revision))],
    ['reject', editor && decidable],
    ['schedule', editor && status === 'approved'],
    ['retry', author && status === 'failed'],
    ['back', editor && status === 'published' && revision > 0 && revision !== task.live_revision && text === 'anyones'],
    // A move that takes back an editor's decision needs an editor.
    ['cancel', (status === 'approved' ? editor : author) && ['pending', 'generating', 'awaiting_approval', 'approved'].includes(status)],
    // Whatever becomes of its next text: no edit, no request and no worker stands in an editor's way.
    ['unpublish', editor && task.live_revision != null],
  ];
  return moves.filter(([, allowed]) => allowed).map(([move]) => move);
}

export function mayEdit(task: Task, me: Me | null): boolean {
  return may(me, 'author') && ['awaiting_approval', 'published'].includes(task.status) && task.revision > 0;
}

export interface Said {
  note: string;
  /** An hour, in UTC; `null` publishes at once. */
  at: string | null;
  override: boolean;
}

/** Moves whose note the API wants. */
export function needsNote(move: Move): boolean {
  return ['approve', 'changes', 'reject', 'back'].includes(move);
}

/** Makes the move. Where it made an article live, the address of that. Sent again after a lost answer, it takes effect once. */
export async function send(move: Move, task: Task, revision: number, me: Me, said: Said, attempt: Attempt): Promise<string | null> {
  const header = { 'If-Match': `"${task.version}"`, 'Idempotency-Key': attempt.keyFor({ move, task: task.task_id, version: task.version, revision, said }) };
  const params = { path: { task_id: task.task_id }, header };
  const decision = { human_feedback: said.note, reviewer_id: me.subject, revision };
  const note = said.note === '' ? {} : { reason: said.note };
  switch (move) {
    case 'approve': {
      const at = said.at === null ? {} : { publish_at: said.at };
      const override = said.override ? { override_blockers: true } : {};
      const decided = await body(api.POST('/api/content/tasks/{task_id}/approve', { params, body: { approved: true, ...decision, ...at, ...override } }));
      return decided.published_url ?? null;
    }
    case 'changes':
      await body(api.POST('/api/content/tasks/{task_id}/request-changes', { params, body: decision }));
      return null;
    case 'reject':
      await body(api.POST('/api/content/tasks/{task_id}/reject', { params, body: decision }));
      return null;
    case 'back': {
      const override = said.override ? { override_blockers: true } : {};
      await body(api.POST('/api/content/tasks/{task_id}/publish', { params, body: { ...decision, ...override } }));
      return null;
    }
    case 'schedule':
      await body(api.POST('/api/content/tasks/{task_id}/schedule', { params, body: { publish_at: said.at, ...note } }));
      return null;
    case 'unpublish':
      await body(api.POST('/api/content/tasks/{task_id}/unpublish', { params, body: note }));
      return null;
    case 'cancel':
      await body(api.POST('/api/content/tasks/{task_id}/cancel', { params, body: note }));
      return null;
    case 'retry':
      await body(api.POST('/api/content/tasks/{task_id}/retry', { params, body: note }));
      return null;
  }
}
