// What is done with a text while it is typed: it is kept on this device, and checked by the API.
import { useEffect, useRef, useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import type { Revision } from '../../api/types';
import { session } from '../../session/session';
import { keep } from './kept';

export type TextForm = 'markdown' | 'html';

export interface Typed {
  title: string;
  excerpt: string;
  text: string;
  form: TextForm;
}

export const formOf = (revision: Revision): TextForm => (revision.markdown == null ? 'html' : 'markdown');

/** The text of a revision as it is edited in a form; one that was not written in Markdown has HTML alone. */
export const textIn = (revision: Revision, form: TextForm): string => (form === 'markdown' ? revision.markdown : null) ?? revision.content ?? '';

const KEEP_MS = 400;

/** What the text goes on as: `typed` is kept, `settled` is saved or thrown away, and not kept when the page goes. */
export type Fate = 'typed' | 'settled';

/** Keeps what was typed a moment after it was typed, and when the page goes away or is left. Says whether all of it is kept. */
export function useKept(name: string, typed: Typed, dirty: boolean, fate: { current: Fate }): boolean {
  const [kept, setKept] = useState(false);
  const store = useRef<() => boolean>(() => false);
  store.current = () => {
    // Signing out has removed what was kept, and nothing comes back after it.
    if (!dirty || fate.current === 'settled' || session.value.state === 'out') return false;
    return keep(localStorage, name, { ...typed, at: Date.now() });
  };
  useEffect(() => {
    setKept(false);
    // What was taken back letter by letter is not offered the next time.
    if (!dirty) return localStorage.removeItem(name);
    const timer = setTimeout(() => setKept(store.current()), KEEP_MS);
    return () => clearTimeout(timer);
  }, [name, typed.title, typed.excerpt, typed.text, typed.form, dirty]);
  useEffect(() => {
    const goes = () => void store.current();
    window.addEventListener('pagehide', goes);
    return () => {
      window.removeEventListener('pagehide', goes);
      goes();
    };
  }, []);
  return kept;
}

/** A text is checked when nobody has typed for so long. */
const STILL_MS = 900;

/** What the text would be if it were saved: the API cleans and measures it and stores nothing. An answer that comes after the text
 * has changed is not used. */
export function useChecked(id: string, { form, title, text }: Typed): Revision | null {
  const [checked, setChecked] = useState<Revision | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const params = { path: { task_id: id } };
      const content = form === 'markdown' ? { markdown: text } : { html: text };
      const answer = api.POST('/api/content/tasks/{task_id}/draft/check', { params, body: { title, ...content } as never, signal: abort.signal });
      body(answer).then(
        (revision) => !abort.signal.aborted && setChecked(revision as Revision),
        // What is wrong is said when it is saved; until then the last preview stays.
        () => undefined,
      );
    }, STILL_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [id, form, title, text]);
  return checked;
}
