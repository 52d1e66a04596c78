import { expect, it, vi } from 'vitest';

import type { Task } from '../../api/types';

// The router reads the address of a page, which tests have none of.
vi.mock('../../router', () => ({ address: (path: string[], query: Record<string, string | null>) => `${path.join('/')}?${new URLSearchParams(Object.entries(query).filter((one): one is [string, string] => Boolean(one[1]))).toString()}` }));
const { link, narrowed, read } = await import('./filters');

const task = (n: number, more: object) =>
  ({ task_id: `task_${n}`, title: `Title ${n}`, topic: 'Caching', requested_by: 'ana', tags: [], cost_usd: '0', created_at: `2026-11-2${n}T00:00:00Z`, ...more }) as unknown as Task;
const ids = (tasks: Task[]) => tasks.map((one) => one.task_id);

it('a_filter_that_makes_no_sense_is_the_usual_one', () => {
  const usual = read(new URLSearchParams());
  expect(read(new URLSearchParams('state=<script>&type=none&sort=up&whose=x'))).toEqual(usual);
});

it('an_address_says_all_of_a_filter', () => {
  const filters = { state: 'failed', type: 'email', mine: true, words: 'two words', sort: 'dearest' } as const;
  expect(read(new URLSearchParams(link(filters).split('?')[1]))).toEqual(filters);
});

it('words_are_found_in_title_topic_tag_and_name_and_all_of_them_are_needed', () => {
  const all = [task(1, { tags: ['http'] }), task(2, { requested_by: 'ben' })];
  const find = (words: string) => ids(narrowed(all, { ...read(new URLSearchParams()), words }, 'ana'));
  expect(find('caching HTTP')).toEqual(['task_1']);
  expect(find('ben')).toEqual(['task_2']);
  expect(find('http ben')).toEqual([]);
});

it('a_text_without_a_score_is_neither_the_best_nor_the_worst', () => {
  const all = [task(1, { quality_score: null }), task(2, { quality_score: 60 }), task(3, { quality_score: 90 })];
  const sorted = (sort: 'best' | 'worst') => ids(narrowed(all, { ...read(new URLSearchParams()), sort }, 'ana'));
  expect([sorted('best'), sorted('worst')]).toEqual([['task_3', 'task_2', 'task_1'], ['task_2', 'task_3', 'task_1']]);
});
