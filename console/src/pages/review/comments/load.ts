// The comments of a task: read, and changed by whoever may.
import { api, body } from '../../../api/client';
import type { Comment } from '../../../api/types';
import type { Quoted } from '../../../text/anchor';

const PAGE = 100;

/** All of them: a task has no more than two hundred. */
export async function read(task: string): Promise<Comment[]> {
  const found: Comment[] = [];
  for (let cursor: string | null = null; ; ) {
    const query = { limit: PAGE, ...(cursor === null ? {} : { cursor }) };
    const page: { data: Comment[]; next_cursor?: string | null } = await body(api.GET('/api/content/tasks/{task_id}/comments', { params: { path: { task_id: task }, query } }));
    found.push(...page.data);
    cursor = page.next_cursor ?? null;
    if (cursor === null) return found;
  }
}

export interface Said {
  text: string;
  parent: string | null;
  anchor: (Quoted & { revision: number }) | null;
}

/** Sent again with the same key after a lost answer, it is made once. */
export async function make(task: string, { text, parent, anchor }: Said, key: string): Promise<void> {
  const said = { text, ...(parent === null ? {} : { parent }), ...(anchor === null ? {} : { anchor }) };
  await body(api.POST('/api/content/tasks/{task_id}/comments', { params: { path: { task_id: task }, header: { 'Idempotency-Key': key } }, body: said }));
}

export async function change(task: string, comment: string, patch: { text?: string; resolved?: boolean }): Promise<void> {
  await body(api.PATCH('/api/content/tasks/{task_id}/comments/{comment_id}', { params: { path: { task_id: task, comment_id: comment } }, body: patch }));
}

export async function remove(task: string, comment: string): Promise<void> {
  await body(api.DELETE('/api/content/tasks/{task_id}/comments/{comment_id}', { params: { path: { task_id: task, comment_id: comment } } }));
}

/** The comments that reply to nothing, each with its replies. */
export function threads(all: readonly Comment[]): { first: Comment; replies: Comment[] }[] {
  const said = (comment: Comment) => comment.text != null;
  const of = (id: string) => all.filter((one) => one.parent === id && said(one));
  return all.filter((one) => one.parent == null).map((first) => ({ first, replies: of(first.comment_id) })).filter(({ first, replies }) => said(first) || replies.length > 0);
}
