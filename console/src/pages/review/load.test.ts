import { beforeEach, expect, it, vi } from 'vitest';

import { Problem } from '../../api/problem';
import type { Task } from '../../api/types';

type Answer = { data?: unknown; response: { status: number; headers: Headers } };
/** Requests that wait for their answer, by what they ask for. */
const asked: { what: string; known: string | undefined; answer: (data: unknown, tag?: string | null) => void; fail: (error: unknown) => void }[] = [];

vi.mock('../../api/client', () => ({
  api: {
    GET: (path: string, { params }: { params: { path: { n?: number }; header?: { 'If-None-Match': string } } }) =>
      new Promise<Answer>((done, fail) => {
        const what = path.endsWith('{n}') ? `revision ${params.path.n}` : path.endsWith('/review') ? 'screen' : 'task';
        asked.push({ what, known: params.header?.['If-None-Match'], answer: (data, tag = null) => done({ data, response: { status: data === null ? 304 : 200, headers: new Headers(tag === null ? {} : { ETag: tag }) } }), fail });
      }),
  },
  body: async (answer: Promise<Answer>) => (await answer).data,
  pace: (often: number) => often,
}));
const { Review } = await import('./load');

const task = (revision: number, more: Partial<Task> = {}) => ({ task_id: 'task_1', version: revision, revision, status: 'awaiting_approval', ...more }) as Task;
const text = (revision: number) => ({ revision });
const screen = (shown: Task) => ({ task: shown, revisions: shown.revision > 0 ? [text(shown.revision)] : [], deliveries: [], references: [], four_eyes: false });
const turns = async () => {
  for (let n = 0; n < 9; n += 1) await null;
};
/** The oldest request for `what` is answered. */
async function answer(what: string, data: unknown): Promise<void> {
  await turns();
  const at = asked.findIndex((one) => one.what === what);
  expect(at, `nobody asked for ${what}`).not.toBe(-1);
  asked.splice(at, 1)[0]?.answer(data);
  await turns();
}
async function opened(first: Task) {
  const review = new Review('task_1');
  void review.load();
  await answer('screen', screen(first));
  return review;
}
beforeEach(() => void asked.splice(0));

it('an_answer_that_comes_late_does_not_take_the_place_of_what_was_asked_for_since', async () => {
  const review = await opened(task(3));
  void review.turn(1);
  void review.turn(2);
  await answer('revision 2', text(2));
  await answer('revision 1', text(1));
  expect(review.shown.value?.revision).toEqual(text(2));
});

it('a_revision_does_not_bring_an_older_task_back', async () => {
  const review = await opened(task(3));
  void review.turn(1);
  void review.load();
  await answer('screen', screen(task(4)));
  await answer('revision 1', text(1));
  expect([review.shown.value?.task.revision, review.shown.value?.revision?.revision]).toEqual([4, 4]);
});

it('whoever_reads_an_older_revision_while_the_next_is_written_goes_on_reading_it', async () => {
  const review = await opened(task(2, { status: 'generating' }));
  void review.turn(1);
  await answer('revision 1', text(1));
  void review.look();
  await answer('task', task(2, { status: 'generating', version: 7 }));
  expect([review.shown.value?.task.version, review.shown.value?.revision]).toEqual([7, text(1)]);
  void review.look();
  await answer('task', task(3));
  expect([review.shown.value?.revision, review.newer.value?.revision]).toEqual([text(1), 3]);
  expect(review.shown.value?.task.status).toBe('awaiting_approval');
});

it('the_first_draft_is_shown_when_it_is_there', async () => {
  const review = await opened(task(0, { status: 'generating' }));
  void review.look();
  await answer('task', task(1));
  await answer('screen', screen(task(1)));
  expect(review.shown.value?.revision?.revision).toBe(1);
});

it('a_problem_is_gone_when_what_was_asked_for_is_there', async () => {
  const review = await opened(task(3));
  void review.turn(1);
  await turns();
  asked.splice(0)[0]?.fail(new Problem(500, 'internal', 'no'));
  await turns();
  expect(review.problem.value?.status).toBe(500);
  void review.turn(2);
  await answer('revision 2', text(2));
  expect(review.problem.value).toBeNull();
});

it('a_revision_is_read_once_and_again_where_it_could_not_be_read', async () => {
  const review = await opened(task(3));
  const first = review.revision(1);
  asked.splice(0)[0]?.fail(new Problem(500, 'internal', 'no'));
  await expect(first).rejects.toThrow();
  const again = review.revision(1);
  await answer('revision 1', text(1));
  expect([await again, await review.revision(1), asked.length]).toEqual([text(1), text(1), 0]);
});

it('whose_text_it_is_is_what_the_api_says_of_it', async () => {
  const review = new Review('task_1');
  void review.load();
  await answer('screen', { ...screen(task(7)), four_eyes: true, writer: 'ana' });
  expect(review.shown.value?.writer).toBe('ana');
  void review.turn(1);
  await answer('revision 1', text(1));
  expect(review.shown.value?.writer).toBeNull();
  void review.turn(2);
  await answer('revision 2', { ...text(2), writer: 'ben' });
  expect([review.shown.value?.writer, asked.length]).toEqual(['ben', 0]);
});

it('the_first_look_comes_as_soon_as_every_other', async () => {
  const review = new Review('task_1');
  const before = review.pace;
  void review.load();
  await answer('screen', screen(task(3)));
  expect(before).toBe(review.pace);
});

it('a_task_that_was_given_to_somebody_is_shown_so_and_is_no_news_for_whoever_decides', async () => {
  const review = await opened(task(3));
  void review.look();
  await turns();
  expect(asked[0]?.known).toBe('"3"');
  asked.splice(0, 1)[0]?.answer(task(3, { assignee: 'rex' }), '"3.1"');
  await turns();
  expect([review.shown.value?.task.assignee, review.newer.value]).toEqual(['rex', null]);
  void review.look();
  await turns();
  expect(asked[0]?.known).toBe('"3.1"');
  await answer('task', null);
  expect(review.shown.value?.task.assignee).toBe('rex');
});
