// The pass of a stack on one's own machine, which its start prints in the console's address. It is taken out of the address and
// of the history at once, and kept as long as the tab is.
import { signal } from '@preact/signals';

const KEPT = 'galley.local';

function kept(): string | null {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

export const localPass = signal<string | null>(kept());

/** Takes the pass out of an address; `true` if it was one. */
export function takeLocalPass(path: readonly string[]): boolean {
  const [first, pass] = path;
  if (first !== 'local' || pass === undefined) return false;
  localPass.value = pass;
  try {
    sessionStorage.setItem(KEPT, pass);
  } catch {
    // Without storage a reload asks for the printed address again.
  }
  return true;
}
