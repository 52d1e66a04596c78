// Whether the last request got an answer, whatever it said.
import { signal } from '@preact/signals';

export const answers = signal(true);
