// Short messages about what has just happened. Read out by screen readers, gone by themselves.
import { signal } from '@preact/signals';

import { en } from '../strings';

interface Toast {
  id: number;
  text: string;
  /** `here`: of the console; any other opens beside it. */
  link?: { href: string; label: string; here?: 'here' } | undefined;
}

const SHOWN_MS = 8_000;

const toasts = signal<Toast[]>([]);
let last = 0;

export function say(text: string, link?: Toast['link']): void {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value.slice(-2), { id, text, link }];
  setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div key={toast.id} class="toast">
          <span>{toast.text}</span>
          {toast.link && (
            <a href={toast.link.href} {...(toast.link.here ? { onClick: () => dismiss(toast.id) } : { target: '_blank', rel: 'noopener' })}>
              {toast.link.label}
            </a>
          )}
          <button type="button" class="icon-button" aria-label={en.shell.close} onClick={() => dismiss(toast.id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
