// Whether the API can be reached: the browser has a connection, and the last request got an answer.
import { computed, signal } from '@preact/signals';

import { answers } from '../api/answers';

const connected = signal(navigator.onLine);
window.addEventListener('online', () => {
  connected.value = true;
});
window.addEventListener('offline', () => {
  connected.value = false;
});

export const online = computed(() => connected.value && answers.value);
