// One thing of the API's, read when a page opens and whenever it says so.
import { useEffect, useRef, useState } from 'preact/hooks';

import { type Problem, told } from '../api/problem';

export interface Read<T> {
  value: T | null;
  problem: Problem | null;
  reload: () => Promise<void>;
  set: (value: T) => void;
}

/** What was read stays while it is read again; of two answers the one that was asked for later counts. */
export function useRead<T>(load: () => Promise<T>): Read<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const asked = useRef(0);
  const reload = async () => {
    asked.current += 1;
    const mine = asked.current;
    try {
      const read = await load();
      if (mine !== asked.current) return;
      setValue(read);
      setProblem(null);
    } catch (error) {
      if (mine === asked.current) setProblem(told(error));
    }
  };
  useEffect(() => void reload(), []);
  const set = (known: T) => {
    asked.current += 1;
    setValue(known);
  };
  return { value, problem, reload, set };
}
