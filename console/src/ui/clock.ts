// The present minute: what shows an age is drawn anew when it changes.
import { signal } from '@preact/signals';

export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 20_000);
