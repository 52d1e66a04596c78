// Dark or light: as the system says, until somebody chooses.
import { computed, effect, signal } from '@preact/signals';

type Theme = 'light' | 'dark';

const KEPT = 'galley.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(system.matches);
system.addEventListener('change', (event) => {
  systemDark.value = event.matches;
});

function kept(): Theme | null {
  try {
    const value = localStorage.getItem(KEPT);
    return value === 'light' || value === 'dark' ? value : null;
  } catch {
    return null;
  }
}

const chosen = signal<Theme | null>(kept());

export const theme = computed<Theme>(() => chosen.value ?? (systemDark.value ? 'dark' : 'light'));

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
});

export function otherTheme(): void {
  chosen.value = theme.value === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem(KEPT, chosen.value);
  } catch {
    // Storage may be off; the choice then lasts as long as the page.
  }
}
