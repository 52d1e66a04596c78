// Lists that the API answers page by page.
import { useEffect, useRef, useState } from 'preact/hooks';

import { type Problem, told } from '../api/problem';

export interface Page<T> {
  data: T[];
  next_cursor?: string | null;
}

/** A list that is loaded page by page, and anew when the task has another version. */
export function usePages<T>(load: (cursor: string | null) => Promise<Page<T>>, version: number, first: readonly T[] | null = null) {
  const [shown, setShown] = useState<Page<T> | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const more = (cursor: string | null, before: readonly T[]) =>
    load(cursor).then(
      (page) => {
        setShown({ data: [...before, ...page.data], next_cursor: page.next_cursor ?? null });
        setProblem(null);
      },
      (error: unknown) => setProblem(told(error)),
    );
  const used = useRef<readonly T[] | null>(null);
  useEffect(() => {
    // What came with the review is of its version; a later one has more.
    if (first && used.current !== first) {
      used.current = first;
      setShown({ data: [...first] });
    } else void more(null, []);
  }, [version, first]);
  const older = shown?.next_cursor ? () => void more(shown.next_cursor ?? null, shown.data) : null;
  return { shown, problem, older, setProblem, reload: () => void more(null, []) };
}

export const query = (cursor: string | null) => (cursor === null ? {} : { cursor });
