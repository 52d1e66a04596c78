// What the review of one task shows. The task is asked for again while it is looked at; what changed under a reader's eyes is
// told and not put in the place of what they read.
import { type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';

import { api, body, pace } from '../../api/client';
import { Problem } from '../../api/problem';
import type { Revision, Task } from '../../api/types';

const OFTEN_MS = 1_500;
const SELDOM_MS = 10_000;
const WRITING_MS = 2_000;

export interface Loaded {
  task: Task;
  /** The revision that is shown; `null` while there is none. */
  revision: Revision | null;
}

export class Review {
  readonly shown: Signal<Loaded | null> = signal(null);
  /** A newer version of the task than the one that is shown. */
  readonly newer: Signal<Task | null> = signal(null);
  readonly problem: Signal<Problem | null> = signal(null);

  constructor(readonly id: string) {}

  async load(number?: number): Promise<void> {
    try {
      const task = await this.task();
      const wanted = number ?? task.revision;
      const revision = wanted > 0 ? await this.revision(wanted) : null;
      this.shown.value = { task, revision };
      this.newer.value = null;
      this.problem.value = null;
    } catch (error) {
      this.problem.value = told(error);
    }
  }

  /** Shows another revision of the task as it is known. */
  async turn(number: number): Promise<void> {
    const shown = this.shown.value;
    if (!shown) return;
    try {
      this.shown.value = { ...shown, revision: await this.revision(number) };
    } catch (error) {
      this.problem.value = told(error);
    }
  }

  revision(number: number): Promise<Revision> {
    const params = { path: { task_id: this.id, n: number } };
    return body(api.GET('/api/content/tasks/{task_id}/revisions/{n}', { params })) as Promise<Revision>;
  }

  private task(): Promise<Task> {
    return body(api.GET('/api/content/tasks/{task_id}', { params: { path: { task_id: this.id } } })) as Promise<Task>;
  }

  /** Looks whether the task is still what is shown. */
  async look(): Promise<void> {
    const shown = this.shown.value;
    if (!shown) return this.load();
    const task = await this.changed(this.newer.value ?? shown.task);
    if (task === null || this.shown.value !== shown) return;
    // Nobody reads a text that is not there yet, so there is nothing to keep in its place.
    if (isWritten(shown.task)) await this.load();
    else this.newer.value = task;
  }

  /** The task, if it is not `known` any more. Whatever goes wrong, the next look may succeed, and what is shown stays. */
  private async changed(known: Task): Promise<Task | null> {
    const params = { path: { task_id: this.id }, header: { 'If-None-Match': `"${known.version}"` } };
    try {
      const { data, response } = await api.GET('/api/content/tasks/{task_id}', { params });
      return response.status === 200 && data ? (data as Task) : null;
    } catch {
      return null;
    }
  }

  get pace(): number {
    const task = this.shown.value?.task;
    return !task || isWritten(task) ? WRITING_MS : pace(OFTEN_MS, SELDOM_MS);
  }
}

/** Whether the next draft is being made. */
export function isWritten(task: Task): boolean {
  return task.status === 'pending' || task.status === 'generating';
}

export function told(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, 'unexpected', String(error));
}

export function useReview(id: string): Review {
  const review = useMemo(() => new Review(id), [id]);
  useEffect(() => {
    void review.load();
    let timer = 0;
    const again = () => {
      timer = window.setTimeout(async () => {
        if (document.visibilityState === 'visible') await review.look();
        again();
      }, review.pace);
    };
    again();
    return () => clearTimeout(timer);
  }, [review]);
  return review;
}
