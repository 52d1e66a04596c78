// What must not be sent twice: by a second click between two paints, or again after an answer that got lost.
import { useMemo, useRef, useState } from 'preact/hooks';

/** One key for one content, until it has taken effect: whoever sends the same again gets the first answer. */
export class Attempt {
  private content: string | null = null;
  private key = '';

  keyFor(content: unknown): string {
    const written = JSON.stringify(content);
    if (written !== this.content) {
      this.content = written;
      this.key = crypto.randomUUID();
    }
    return this.key;
  }

  /** It has taken effect: to ask for the same again is another request. */
  done(): void {
    this.content = null;
  }
}

export function useAttempt(): Attempt {
  return useMemo(() => new Attempt(), []);
}

/** Whether something runs, and a function that runs one thing at a time: a call meanwhile does nothing. */
export function useOnce(): [boolean, (act: () => Promise<void>) => Promise<void>] {
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const once = async (act: () => Promise<void>) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    try {
      await act();
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return [busy, once];
}
