import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { poll } from './poll';

const page = { visibilityState: 'visible' };
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', page);
  page.visibilityState = 'visible';
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('what_ends_while_it_looks_does_not_look_again', async () => {
  let answer = () => {};
  const look = vi.fn(() => new Promise<void>((done) => (answer = done)));
  const stop = poll(look, () => 100);
  await vi.advanceTimersByTimeAsync(100);
  expect(look).toHaveBeenCalledTimes(1);
  stop();
  answer();
  await vi.advanceTimersByTimeAsync(1_000);
  expect([look.mock.calls.length, vi.getTimerCount()]).toEqual([1, 0]);
});

it('a_page_that_nobody_sees_asks_for_nothing_until_it_is_seen', async () => {
  const look = vi.fn(() => Promise.resolve());
  page.visibilityState = 'hidden';
  const stop = poll(look, () => 100);
  await vi.advanceTimersByTimeAsync(500);
  expect(look).not.toHaveBeenCalled();
  page.visibilityState = 'visible';
  await vi.advanceTimersByTimeAsync(100);
  expect(look).toHaveBeenCalledTimes(1);
  stop();
});

it('a_slow_answer_does_not_come_on_top_of_the_wait', async () => {
  const begun: number[] = [];
  const takes = (ms: number) => () => {
    begun.push(performance.now());
    return new Promise<void>((done) => setTimeout(done, ms));
  };
  const start = performance.now();
  const stop = poll(takes(40), () => 90);
  await vi.advanceTimersByTimeAsync(300);
  stop();
  expect(begun.map((at) => at - start)).toEqual([90, 180, 270]);
  // It has a rest, however slow the answers are.
  const [slow, then] = [begun.length, performance.now()];
  const stopSlow = poll(takes(200), () => 90);
  await vi.advanceTimersByTimeAsync(600);
  stopSlow();
  expect(begun.slice(slow).map((at) => at - then)).toEqual([90, 320, 550]);
});
