// Small parts that every page uses.
import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

import type { Problem } from '../api/problem';
import type { State } from '../api/types';
import { en } from '../strings';
import { age, dollars, local, utc } from './format';
import { now } from './clock';

const TONE: Record<State, string> = {
  pending: 'quiet',
  generating: 'busy',
  awaiting_approval: 'wants',
  approved: 'info',
  published: 'good',
  rejected: 'quiet',
  cancelled: 'quiet',
  archived: 'quiet',
  failed: 'bad',
};

export function StateBadge({ state }: { state: State }) {
  return <span class={`badge badge-${TONE[state]}`}>{en.state[state]}</span>;
}

/** How long ago, with the local time and UTC for whoever hovers. */
export function Age({ at }: { at: string }) {
  return (
    <time dateTime={at} title={`${local(at)}\n${utc(at)}`}>
      {age(at, now.value)}
    </time>
  );
}

export function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} title={utc(at)}>
      {local(at)}
    </time>
  );
}

export function Money({ amount }: { amount: string }) {
  return <span class="number">{dollars(amount)}</span>;
}

export function Score({ value }: { value: number | null | undefined }) {
  if (value == null) return <span class="muted" title={en.facts.scoreHidden}>–</span>;
  return <span class="number">{value}</span>;
}

interface EmptyProps {
  title: string;
  hint: string;
  /** Where it is all that the page has. */
  whole?: 'whole';
  children?: ComponentChildren;
}

export function Empty({ title, hint, whole, children }: EmptyProps) {
  return (
    <div class="empty">
      {whole ? <h1 class="empty-title">{title}</h1> : <p class="empty-title">{title}</p>}
      <p class="muted">{hint}</p>
      {children}
    </div>
  );
}

export function Loading({ label }: { label: string }) {
  return (
    <div class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {label}…
    </div>
  );
}

export function Trouble({ problem, again, besides }: { problem: Problem; again?: () => void; besides?: readonly string[] }) {
  const errors = besides ? problem.besides(besides) : problem.errors;
  return (
    <div class="trouble" role="alert">
      <p>{problem.message}</p>
      {errors.length > 0 && (
        <ul>
          {errors.map((error) => (
            <li key={error.field}>
              <code>{error.field}</code> {error.message}
            </li>
          ))}
        </ul>
      )}
      {again && (
        <button type="button" class="button" onClick={again}>
          {en.problem.retry}
        </button>
      )}
    </div>
  );
}

/** A part of the page's own code could not be loaded. After a deployment the page asks for files that are gone, until it is reloaded. */
export function NotLoaded({ again }: { again: () => void }) {
  return (
    <div class="trouble" role="alert">
      <p>{en.problem.notLoaded}</p>
      <button type="button" class="button" onClick={again}>{en.problem.retry}</button>{' '}
      <button type="button" class="button" onClick={() => location.reload()}>{en.problem.reload}</button>
    </div>
  );
}

interface FieldProps {
  id: string;
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  optional?: 'optional';
  children: JSX.Element;
}

/** A control with its name, its rule, and what is wrong with it. The control has to name `<id>-says` in `aria-describedby`. */
export function Field({ id, label, hint, error, optional, children }: FieldProps) {
  return (
    <div class={error ? 'field field-wrong' : 'field'}>
      <label for={id}>
        {label}
        {optional && <span class="muted"> ({en.ask.optional})</span>}
      </label>
      {children}
      <p id={`${id}-says`} class={error ? 'field-error' : 'field-hint'}>
        {error ?? hint ?? ''}
      </p>
    </div>
  );
}

/** A dialog of the browser's own: it keeps the focus inside, closes with Escape and gives the focus back. Without `close` it stays
 * until it is answered. */
export function Dialog({ label, close, children, kind }: { label: string; close?: () => void; children: ComponentChildren; kind?: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const leaving = useRef(false);
  // Not after the next paint: a key that is pressed before it, as Escape or Enter, would go to the page behind.
  useLayoutEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    shown?.showModal();
    return () => {
      leaving.current = true;
      shown?.close();
      // A dialog that is out of the page by now does not do it by itself.
      if (before instanceof HTMLElement && document.activeElement === document.body) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${kind ?? ''}`}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        close?.();
      }}
      onClose={() => {
        // The second Escape in a row closes a dialog without asking.
        if (leaving.current) return;
        if (close) close();
        else dialog.current?.showModal();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current) close?.();
      }}
    >
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}

export function Key({ of }: { of: string }) {
  return <kbd aria-hidden="true">{of}</kbd>;
}

interface MenuProps {
  label: string;
  /** `form`: fields, of which several are filled in. */
  kind?: 'choices' | 'form';
  children: ComponentChildren;
}

/** Choices behind one button. Closes when one is made, with Escape, and when the focus goes elsewhere. */
export function Menu({ label, kind = 'choices', children }: MenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => menu.current?.removeAttribute('open');
  return (
    <details
      ref={menu}
      class="menu"
      onFocusOut={(event) => {
        if (!(event.relatedTarget instanceof Node && menu.current?.contains(event.relatedTarget))) close();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        close();
        menu.current?.querySelector('summary')?.focus();
      }}
    >
      <summary class="button">{label}</summary>
      {/* A click beside a field stays within. */}
      <div class={`menu-list menu-${kind}`} tabIndex={-1} onClick={kind === 'choices' ? close : undefined}>{children}</div>
    </details>
  );
}
