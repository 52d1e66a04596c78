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
