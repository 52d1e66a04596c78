// Commands and tasks by name, for the keyboard.
import { signal } from '@preact/signals';
import { useMemo, useState } from 'preact/hooks';

import { may } from '../api/types';
import { tasks } from '../pages/queue/list';
import { STATES, link, read } from '../pages/queue/filters';
import { address, go } from '../router';
import { leave, me } from '../session/session';
import { en } from '../strings';
import { Dialog } from '../ui/parts';
import { otherTheme, theme } from './theme';

export const paletteOpen = signal(false);
export const keysOpen = signal(false);

interface Command {
  name: string;
  kind?: string;
  act: () => void;
}

function commands(): Command[] {
  const usual = read(new URLSearchParams());
  return [
    { name: en.nav.queue, act: () => go(address(['queue'])) },
    ...(may(me.value, 'author') ? [{ name: en.nav.ask, act: () => go(address(['new'])) }] : []),
    { name: en.nav.calendar, act: () => go(address(['calendar'])) },
    { name: en.nav.schedules, act: () => go(address(['schedules'])) },
    ...(may(me.value, 'editor') ? [{ name: en.shell.newSchedule, kind: en.nav.schedules, act: () => go(address(['schedules', 'new'])) }] : []),
    { name: en.nav.published, act: () => go(address(['published'])) },
    ...STATES.map((state) => ({ name: en.state[state], kind: en.nav.queue, act: () => go(link({ ...usual, states: [state] })) })),
    ...pagesOf('admin', en.admin, 'admin'),
    ...pagesOf('operate', en.operate, 'operator'),
    ...(tasks.value ?? []).map((task) => ({
      name: task.title ?? task.topic,
      kind: en.state[task.status],
      act: () => go(address(['tasks', task.task_id])),
    })),
    { name: en.shell.theme[theme.value], act: otherTheme },
    { name: en.shell.keys, act: () => (keysOpen.value = true) },
    { name: en.shell.signOut, act: () => void leave() },
  ];
}

function pagesOf(area: 'admin' | 'operate', pages: Record<string, string>, least: 'admin' | 'operator'): Command[] {
  if (!may(me.value, least)) return [];
  return Object.entries(pages).map(([page, name]) => ({ name, kind: en.nav[area], act: () => go(address([area, page])) }));
}

/** Every word that was typed is somewhere in the name, in any order. */
export function fits(name: string, typed: string): boolean {
  const lower = name.toLowerCase();
  return typed.toLowerCase().split(/\s+/).every((word) => lower.includes(word));
}

const SHOWN = 12;

export function Palette() {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const all = useMemo(commands, []);
  const found = all.filter((command) => fits(`${command.name} ${command.kind ?? ''}`, typed)).slice(0, SHOWN);
  const close = () => {
    paletteOpen.value = false;
  };
  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.act();
  };
  const keys = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Enter') run(found[at]);
    else if (by !== 0) setAt((at + by + found.length) % Math.max(1, found.length));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog label={en.shell.palette} close={close} kind="palette">
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found.length > 0 ? `command-${at}` : undefined}
        aria-label={en.shell.paletteHint}
        placeholder={en.shell.paletteHint}
        autoFocus
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={keys}
      />
      <ul id="palette-list" role="listbox" aria-label={en.shell.palette}>
        {found.map((command, n) => (
          <li
            key={`${command.kind ?? ''} ${command.name} ${n}`}
            id={`command-${n}`}
            role="option"
            aria-selected={n === at}
            onMouseMove={() => setAt(n)}
            onClick={() => run(command)}
          >
            <span>{command.name}</span>
            {command.kind && <span class="muted small">{command.kind}</span>}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="muted palette-empty" role="status">{en.shell.paletteEmpty}</p>}
    </Dialog>
  );
}
