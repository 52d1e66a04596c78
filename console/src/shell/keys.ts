// Keys that work anywhere on a page: while nobody types and no dialog is open. Ctrl-Enter sends the form in which somebody types.
import { useLayoutEffect } from 'preact/hooks';

type Keys = Record<string, () => void>;

const layers: Keys[] = [];
let prefix: string | null = null;

/** Whether what has the focus takes letters. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable], .editor-host') !== null;
}

/** Presses the button that sends the form in which a key was pressed: what may not be sent has it disabled. */
function sends(target: EventTarget | null): boolean {
  const button = target instanceof Element ? target.closest('form')?.querySelector<HTMLButtonElement>('[type=submit]') : null;
  button?.click();
  return button != null;
}

window.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && sends(event.target)) event.preventDefault();
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || document.querySelector('dialog[open]') !== null) return;
  const name = prefix === null ? event.key : `${prefix} ${event.key}`;
  prefix = null;
  // The innermost page wins.
  const act = layers.findLast((layer) => layer[name])?.[name];
  if (act) {
    event.preventDefault();
    act();
  } else if (layers.some((layer) => Object.keys(layer).some((key) => key.startsWith(`${name} `)))) {
    prefix = name;
  }
});

/** `keys` work while the calling component is shown. `Enter` on a link or button stays with it. */
export function useKeys(keys: Keys): void {
  // Not after the next paint: a key that is pressed before it, or in a window behind another, would be lost.
  useLayoutEffect(() => {
    layers.push(keys);
    return () => {
      layers.splice(layers.indexOf(keys), 1);
    };
  });
}
