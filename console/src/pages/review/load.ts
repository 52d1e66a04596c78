// What the review of one task shows. The task is asked for again while it is looked at; what changed under a reader's eyes is
// told and not put in the place of what they read.
import { type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';

import { api, body, pace } from '../../api/client';
import { type Problem, told } from '../../api/problem';
import type { Delivery, NearTask, Revision, Screen, Task } from '../../api/types';
import { poll } from '../../shell/poll';

// Two reviewers of one task are told of each other within two seconds: half of that is left for the answer.
const OFTEN_MS = 1_000;
const SELDOM_MS = 10_000;
const WRITING_MS = 2_000;

export interface Loaded {
  task: Task;
  /** The revision that is shown; `null` while there is none. The newest comes without its Markdown, which `revision` has. */
  revision: Revision | null;
  /** What was sent to others last. */
  deliveries: readonly Delivery[];
  /** Live articles to which the newest text, or the topic, is near. */
  near: readonly NearTask[];
  /** Whether whoever wrote a text may not approve it. */
  fourEyes: boolean;
  /** Whoever wrote the text that is shown, where that matters. */
  writer: string | null;
}

export class Review {
  readonly shown: Signal<Loaded | null> = signal(null);
  /** A newer version of the task than the one that is shown. */
  readonly newer: Signal<Task | null> = signal(null);
  readonly problem: Signal<Problem | null> = signal(null);
  /** Revisions that were read. They never change. */
  private readonly known = new Map<number, Promise<Revision>>();
  /** The tag of the task as it was read last. It tells of its assignment, too, which `version` does not. */
  private tag: string | null = null;
  /** Counts what was asked for to be shown. Only the answer to the last is. */
  private asked = 0;

  constructor(readonly id: string) {}

  /** Shows the newest state and text. */
  async load(): Promise<void> {
    await this.answer(
      () => this.newest(),
      (loaded) => {
        this.shown.value = loaded;
        this.newer.value = null;
        this.tag = null;
      },
    );
  }

  /** Shows another revision of the task as it is known. */
  async turn(number: number): Promise<void> {
    await this.answer(
      async () => {
        const revision = await this.revision(number);
        return { revision, writer: revision.writer ?? null };
      },
      (turned) => {
        if (this.shown.value) this.shown.value = { ...this.shown.value, ...turned };
      },
    );
  }

  private async answer<T>(ask: () => Promise<T>, show: (answer: T) => void): Promise<void> {
    this.asked += 1;
    const turn = this.asked;
    try {
      const answer = await ask();
      if (turn !== this.asked) return;
      show(answer);
      this.problem.value = null;
    } catch (error) {
      if (turn === this.asked) this.problem.value = told(error);
    }
  }

  /** The task and its newest text, in one read. */
  async newest(): Promise<Loaded> {
    const params = { path: { task_id: this.id } };
    const { task, revisions, deliveries, near, four_eyes: fourEyes, writer = null } = (await body(api.GET('/api/content/tasks/{task_id}/review', { params }))) as Screen;
    const newest = revisions[0];
    return { task, revision: newest ? { ...newest, content: task.content ?? null, parts: task.parts ?? null } : null, deliveries, near, fourEyes, writer };
  }

  /** A revision with all that it has. */
  revision(number: number): Promise<Revision> {
    const known = this.known.get(number);
    if (known) return known;
    const params = { path: { task_id: this.id, n: number } };
    const read = body(api.GET('/api/content/tasks/{task_id}/revisions/{n}', { params })) as Promise<Revision>;
    this.known.set(number, read);
    // What could not be read is asked for again.
    read.catch(() => this.known.delete(number));
    return read;
  }

  /** The task was given to somebody: nothing that is read or decided on has changed. */
  given(to: string | null): void {
    if (this.shown.value) this.shown.value = { ...this.shown.value, task: { ...this.shown.value.task, assignee: to } };
  }

  /** Looks whether the task is still what is shown. */
  async look(): Promise<void> {
    const shown = this.shown.value;
    if (!shown) return this.load();
    const known = this.newer.value ?? shown.task;
    const task = await this.changed(known);
    if (task === null || this.shown.value !== shown) return;
    if (task.version === known.version) this.given(task.assignee ?? null);
    else if (!isWritten(shown.task)) this.newer.value = task;
    // How far the writing is, is shown at once, whichever revision somebody reads meanwhile.
    else if (task.revision === shown.task.revision) this.shown.value = { ...shown, task };
    // Nobody reads a text that was not there yet, so there is nothing to keep in its place.
    else if (shown.revision === null) await this.load();
    else {
      // The text that somebody reads stays, and says no longer that another is being written.
      this.shown.value = { ...shown, task };
      this.newer.value = task;
    }
  }

  /** The task, if it is not `known` any more. Whatever goes wrong, the next look may succeed, and what is shown stays. */
  private async changed(known: Task): Promise<Task | null> {
    const params = { path: { task_id: this.id }, header: { 'If-None-Match': this.tag ?? `"${known.version}"` } };
    try {
      const { data, response } = await api.GET('/api/content/tasks/{task_id}', { params });
      // The API answers again.
      if (this.problem.value?.kind === 'offline') this.problem.value = null;
      if (response.status === 200) this.tag = response.headers.get('ETag');
      return response.status === 200 && data ? (data as Task) : null;
    } catch {
      return null;
    }
  }

  get pace(): number {
    const task = this.shown.value?.task;
    // Before the first answer nothing is known of the caller's window either.
    if (!task) return OFTEN_MS;
    return isWritten(task) ? WRITING_MS : pace(OFTEN_MS, SELDOM_MS);
  }
}

/** Whether the next draft is being made. */
export function isWritten(task: Task): boolean {
  return task.status === 'pending' || task.status === 'generating';
}

export function useReview(id: string): Review {
  const review = useMemo(() => new Review(id), [id]);
  useEffect(() => {
    void review.load();
    return poll(
      () => review.look(),
      () => review.pace,
    );
  }, [review]);
  return review;
}
