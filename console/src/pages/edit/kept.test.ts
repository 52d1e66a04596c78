import { expect, it, vi } from 'vitest';

import { forgetAll, forgetInTime, forgetOld, keep, keepAnew, lastKept, nameOf, readKept } from './kept';

class Memory implements Storage {
  private readonly all = new Map<string, string>();
  constructor(private readonly room = Number.POSITIVE_INFINITY) {}
  get length() {
    return this.all.size;
  }
  clear = () => this.all.clear();
  getItem = (name: string) => this.all.get(name) ?? null;
  key = (at: number) => [...this.all.keys()][at] ?? null;
  removeItem = (name: string) => void this.all.delete(name);
  setItem = (name: string, value: string) => {
    if (value.length > this.room) throw new DOMException('full', 'QuotaExceededError');
    this.all.set(name, value);
  };
}

const DAY = 24 * 3_600_000;
const text = (at: number) => ({ title: 'A title', excerpt: '', text: 'Words', form: 'markdown' as const, at });

it('one_persons_text_is_not_shown_to_another', () => {
  const storage = new Memory();
  keep(storage, nameOf('ana', 'task_1', 2), text(0));
  expect(readKept(storage, nameOf('ben', 'task_1', 2), 0)).toBeNull();
  expect(readKept(storage, nameOf('ana', 'task_1', 3), 0)).toBeNull();
  expect(readKept(storage, nameOf('ana', 'task_1', 2), 0)?.text).toBe('Words');
});

it('text_is_gone_after_seven_days_and_nothing_else_goes_with_it', () => {
  const storage = new Memory();
  storage.setItem('galley.theme', 'dark');
  keep(storage, nameOf('ana', 'task_1', 1), text(0));
  keep(storage, nameOf('ana', 'task_2', 1), text(2 * DAY));
  forgetOld(storage, 8 * DAY);
  expect(readKept(storage, nameOf('ana', 'task_1', 1), 0)).toBeNull();
  expect(readKept(storage, nameOf('ana', 'task_2', 1), 8 * DAY)?.title).toBe('A title');
  forgetAll(storage);
  expect([storage.length, storage.getItem('galley.theme')]).toEqual([1, 'dark']);
});

it('what_is_no_text_of_ours_is_not_read', () => {
  const storage = new Memory();
  for (const value of ['', 'null', '{', '{"title":1}', '[]']) {
    storage.setItem(nameOf('ana', 'task_1', 1), value);
    expect(readKept(storage, nameOf('ana', 'task_1', 1), 0)).toBeNull();
  }
});

it('a_full_device_stops_nobody_from_typing', () => {
  expect(keep(new Memory(5), nameOf('ana', 'task_1', 1), text(0))).toBe(false);
});

it('what_was_typed_on_a_revision_that_is_not_the_newest_any_more_is_still_found', () => {
  const storage = new Memory();
  keep(storage, nameOf('ana', 'task_1', 2), text(1));
  keep(storage, nameOf('ana', 'task_1', 12), { ...text(2), text: 'Later words' });
  keep(storage, nameOf('ben', 'task_1', 3), text(3));
  keep(storage, nameOf('ana', 'task_10', 3), text(3));
  storage.setItem('galley.draft.ana/task_1/x', JSON.stringify(text(9)));
  expect(lastKept(storage, 'ana', 'task_1', 3)).toEqual({ revision: 12, kept: { ...text(2), text: 'Later words' } });
  expect(lastKept(storage, 'cem', 'task_1', 3)).toBeNull();
  expect(lastKept(storage, 'ana', 'task_1', 8 * DAY)).toBeNull();
});

it('a_text_moves_to_the_revision_that_it_goes_on_from_and_stays_where_it_was_if_there_is_no_room', () => {
  const storage = new Memory(100);
  const [before, name] = [nameOf('ana', 'task_1', 2), nameOf('ana', 'task_1', 3)];
  keep(storage, before, text(0));
  expect(keepAnew(storage, before, name, { ...text(1), text: 'x'.repeat(200) })).toBe(false);
  expect(readKept(storage, before, 1)?.text).toBe('Words');
  expect(keepAnew(storage, before, name, text(1))).toBe(true);
  expect([readKept(storage, before, 1), readKept(storage, name, 1)?.at]).toEqual([null, 1]);
  expect(keepAnew(storage, name, name, text(2))).toBe(true);
  expect(readKept(storage, name, 2)?.at).toBe(2);
});

it('a_text_that_an_older_console_kept_is_read', () => {
  const storage = new Memory();
  storage.setItem(nameOf('ana', 'task_1', 1), '{"title":"A title","excerpt":"","text":"Words","at":0}');
  expect(readKept(storage, nameOf('ana', 'task_1', 1), 0)).toEqual({ ...text(0), form: null });
});

it('text_is_forgotten_where_nobody_opens_an_editor', () => {
  vi.useFakeTimers({ now: 8 * DAY });
  const storage = new Memory();
  keep(storage, nameOf('ana', 'task_1', 1), text(0));
  keep(storage, nameOf('ana', 'task_2', 1), text(2 * DAY));
  vi.stubGlobal('localStorage', storage);
  forgetInTime();
  expect(storage.length).toBe(1);
  vi.advanceTimersByTime(DAY + 2 * 3_600_000);
  expect(storage.length).toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
