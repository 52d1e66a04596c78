// Where the reader is. The address after `#` never reaches a server or its logs, and survives a reload.
import { computed, signal } from '@preact/signals';

export interface Place {
  path: string[];
  query: URLSearchParams;
}

export function parse(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { path: path.split('/').filter((part) => part !== '').map(decode), query: new URLSearchParams(query) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function address(path: readonly string[], query: Record<string, string | null | undefined> = {}): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) asked.set(name, value);
  const tail = asked.size > 0 ? `?${asked.toString()}` : '';
  return `#/${path.map(encodeURIComponent).join('/')}${tail}`;
}

const hash = signal(location.hash);
window.addEventListener('hashchange', () => {
  hash.value = location.hash;
});

export const place = computed(() => parse(hash.value));

export function go(to: string): void {
  location.hash = to;
}

/** As `go`, without a step that Back would return to. */
export function become(to: string): void {
  history.replaceState(null, '', to);
  hash.value = location.hash;
}
