// What the window and the history call a page: what it is about, before the page's own name.
import { effect, signal } from '@preact/signals';
import { useEffect, useLayoutEffect } from 'preact/hooks';

import { en } from '../strings';

const about = signal<string | null>(null);

export function titleOf(page: string, what: string | null): string {
  return [...(what === null || what === page ? [] : [what]), page, en.name].join(' · ');
}

/** The page that is shown. */
export function useTitle(page: string): void {
  useEffect(() => effect(() => void (document.title = titleOf(page, about.value))), [page]);
}

/** What the calling component's page is about, as soon as that is known. */
export function useAbout(what: string | null): void {
  useLayoutEffect(() => {
    about.value = what;
    return () => void (about.value = null);
  }, [what]);
}
