// Who changed what and when, with the values before and after; and the way back.
import type { ComponentChildren } from 'preact';

import type { Page } from '../ui/pages';
import { Moment } from '../ui/parts';
import { say } from '../ui/toasts';
import { useAsk } from './Ask';
import { differences, inOneLine } from './form';
import { List, useList } from './List';
import { kit } from './strings';

interface Change {
  id: string;
  at: string;
  by: string;
  before?: object | null;
  after?: object | null;
  reverts?: string | null;
  reason?: string | null;
}

interface LogProps<T extends Change> {
  /** Of its table; the heading is the same for all. */
  label: string;
  load: (cursor: string | null) => Promise<Page<T>>;
  /** What a field is called; its name in the API, where nothing is said. */
  names?: Readonly<Record<string, string>>;
  /** What was changed, where the log is of several things. */
  about?: (change: T) => ComponentChildren;
  revert: (change: T, key: string) => Promise<unknown>;
  /** After a change was reverted. */
  done: () => void;
}

const words = kit.log;

/** A `key` that changes reads it again. */
export function Log<T extends Change>({ label, load, names = {}, about, revert, done }: LogProps<T>) {
  const list = useList<T>(load);
  const [dialog, ask] = useAsk();
  const back = (change: T) =>
    ask({
      title: words.revertTitle,
      lead: words.revertLead,
      send: words.revert,
      act: async (_, key) => {
        await revert(change, key);
        say(words.reverted);
        list.reload();
        done();
      },
    });
  return (
    <section class="kit-part" aria-label={label}>
      <h2>{words.title}</h2>
      <List
        label={label}
        list={list}
        id={(change) => change.id}
        name={(change) => `${change.by}, ${change.at}`}
        empty={words.empty}
        columns={[
          { name: words.columns.at, cell: (change) => <Moment at={change.at} /> },
          { name: words.columns.by, cell: (change) => change.by },
          {
            name: words.columns.what,
            kind: 'long',
            cell: (change) => (
              <>
                {about?.(change)}
                <Differences change={change} names={names} />
                {change.reason && <p class="muted small">{change.reason}</p>}
                {change.reverts && <p class="muted small">{words.reverts}</p>}
              </>
            ),
          },
        ]}
        ways={(change) => [{ label: words.revert, act: () => back(change) }]}
      />
      {dialog}
    </section>
  );
}

/** A value of the API in words. */
function inWords(value: unknown): string {
  if (value === null || value === '') return words.usual;
  if (typeof value === 'boolean') return value ? kit.yes : kit.no;
  return inOneLine(value);
}

function Differences({ change, names }: { change: Change; names: Readonly<Record<string, string>> }) {
  const lines = differences(change.before, change.after);
  if (lines.length === 0) return <p class="muted">{words.same}</p>;
  return (
    <ul class="plain-list">
      {lines.map(({ name, before, after }) => (
        <li key={name}>
          {names[name] ?? name}: <del>{inWords(before)}</del> {words.to} <ins>{inWords(after)}</ins>
        </li>
      ))}
    </ul>
  );
}
