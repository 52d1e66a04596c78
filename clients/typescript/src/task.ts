// The calls that most programs make, by name. Everything else is a `Call` to its operation.
import type { Decision, Delivery, Edit, Me, NewTask, Revision, Task } from './answer.js';
import { Call } from './call.js';
import { addressOf, Sender } from './client.js';
import { StillWaiting } from './error.js';
import { follow } from './follow.js';
import { list, type Paged } from './pages.js';

/** A client of Galley's API. Every method throws as `send` does: a `GalleyError`, or the reason of the client's signal. */
export class Client extends Sender {
  me(): Promise<Me> {
    return this.read(Call.to('getCaller'));
  }

  createTask(request: NewTask): Promise<Task> {
    return this.read(Call.to('createTask').json(request));
  }

  task(id: string): Promise<Task> {
    return this.read(Call.to('getTask', id));
  }

  tasks(): AsyncGenerator<Task, void, undefined> {
    return this.list(Call.to('listTasks').query('limit', '100'));
  }

  revision(id: string, revision: number): Promise<Revision> {
    return this.read(Call.to('getRevision', id, String(revision)));
  }

  deliveries(id: string): AsyncGenerator<Delivery, void, undefined> {
    return this.list(Call.to('listDeliveries', id));
  }

  /** Every item of a list, asked for page by page as they are taken. A page may be short or empty before the last. */
  list<Item>(call: Call<Paged<Item>, never>): AsyncGenerator<Item, void, undefined> {
    return list(this, call);
  }

  /** Approves exactly `revision`, with what the reviewer says of it. */
  approve(id: string, revision: number, feedback: string): Promise<Decision> {
    return this.read(Call.to('approve', id).json({ approved: true, revision, human_feedback: feedback }));
  }

  reject(id: string, feedback: string): Promise<Decision> {
    return this.read(Call.to('reject', id).json({ human_feedback: feedback }));
  }

  requestChanges(id: string, feedback: string): Promise<Decision> {
    return this.read(Call.to('requestChanges', id).json({ human_feedback: feedback }));
  }

  /** Only if the task is still at `version`; otherwise the answer is 412. */
  edit(id: string, version: number, draft: Edit): Promise<Task> {
    return this.read(Call.to('editDraft', id).ifVersion(version).json(draft));
  }

  cancel(id: string): Promise<Task> {
    return this.read(Call.to('cancel', id).json({}));
  }

  retry(id: string): Promise<Task> {
    return this.read(Call.to('retry', id).json({}));
  }

  /** Publishes what is approved at another hour; without one at once. */
  schedule(id: string, publishAt: Date | null = null): Promise<Task> {
    return this.read(Call.to('reschedule', id).json({ publish_at: publishAt?.toISOString() ?? null }));
  }

  unpublish(id: string): Promise<Task> {
    return this.read(Call.to('unpublish', id).json({}));
  }

  /**
   * Every change of a task as it is seen, beginning with the task as it is now, without its text; ends when nothing changes any more
   * without a person.
   */
  follow(id: string): AsyncGenerator<Task, void, undefined> {
    return follow(this, id);
  }

  /** Follows a task until `done` says so, and reads it whole. Throws `StillWaiting` after `mostMs`. */
  async waitUntil(id: string, mostMs: number, done: (task: Task) => boolean): Promise<Task> {
    const over = new AbortController();
    const late = setTimeout(() => over.abort(new StillWaiting(last, mostMs)), mostMs);
    let last = '';
    try {
      for await (const task of this.until(over.signal).follow(id)) {
        if (done(task)) break;
        last = task.status;
      }
      // The stream has ended, because the task is over.
    } finally {
      clearTimeout(late);
    }
    return this.task(id);
  }

  /** An address of the task's stream with a ticket: for one connection, within thirty seconds. Give it to `followByTicket`. */
  async streamAddress(id: string): Promise<string> {
    const { ticket } = await this.read(Call.to('makeStreamTicket', id));
    return addressOf(this.streams ?? this.base, Call.to('streamTask', id).query('ticket', ticket));
  }
}
