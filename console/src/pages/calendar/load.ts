// What the calendar shows, read when a month or a week is opened and now and then while somebody looks at it.
import { useEffect, useRef, useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import { type Problem, told } from '../../api/problem';
import type { Calendar, Plan } from '../../api/types';
import { poll } from '../../shell/poll';
import { type Shown, gridOf, together } from './days';

/** Each look is counted as an estimate, of which there are few in a minute. */
const EVERY_MS = 60_000;
/** Who turns page after page has only the last one read. */
const STILL_MS = 150;
const MOST_SCHEDULES = 100;

export interface Loaded {
  calendar: Calendar;
  /** What schedules are called, by their id. */
  names: ReadonlyMap<string, string>;
}

/** The first and the last day of what is shown. */
export function spanOf(shown: Shown): { from: string; to: string } {
  const days = gridOf(shown).flat();
  return { from: days[0] ?? shown.day, to: days.at(-1) ?? shown.day };
}

/** `known`: names that were read before. They are read again where the calendar has a schedule that is none of them. */
async function look(shown: Shown, known: Loaded['names']): Promise<Loaded> {
  const calendar = (await body(api.GET('/api/calendar', { params: { query: { ...spanOf(shown), zone: shown.zone } } }))) as Calendar;
  const named = [...calendar.data.map((entry) => entry.schedule_id), ...calendar.conflicts.flatMap((conflict) => conflict.schedule_ids)];
  if (named.every((id) => !id || known.has(id))) return { calendar, names: known };
  const schedules = (await body(api.GET('/api/schedules', { params: { query: { limit: MOST_SCHEDULES } } }))) as { data: Plan[] };
  return { calendar, names: new Map(schedules.data.map((plan) => [plan.schedule_id, plan.name])) };
}

export function useCalendar(shown: Shown) {
  const [, drawn] = useState(0);
  const [problem, setProblem] = useState<Problem | null>(null);
  // What was seen before is there at once, and read again.
  const seen = useRef(new Map<string, Loaded>());
  const names = useRef<Loaded['names']>(new Map());
  const asked = useRef(0);
  const key = JSON.stringify([spanOf(shown), shown.zone]);
  const load = async () => {
    asked.current += 1;
    const turn = asked.current;
    try {
      const loaded = await look(shown, names.current);
      names.current = loaded.names;
      if (turn !== asked.current) return;
      seen.current.set(key, loaded);
      setProblem(null);
      drawn((times) => times + 1);
    } catch (error) {
      if (turn === asked.current) setProblem(told(error));
    }
  };
  useEffect(() => {
    setProblem(null);
    const timer = setTimeout(() => void load(), seen.current.size === 0 ? 0 : STILL_MS);
    const stop = poll(load, () => EVERY_MS);
    return () => {
      clearTimeout(timer);
      stop();
      // What is under way is of other days.
      asked.current += 1;
    };
  }, [key]);
  const loaded = seen.current.get(key) ?? null;
  // Days that are still being read have what was seen of them elsewhere: the keyboard goes on over the end of a month.
  const elsewhere = () => together([...seen.current.values()].map(({ calendar }) => calendar).filter(({ zone }) => zone === shown.zone));
  return { loaded, known: loaded?.calendar.data ?? elsewhere(), problem, reload: () => void load() };
}
