// The dialog in which a decision is made. It says what it applies to, and keeps what was typed until it has taken effect.
import { useState } from 'preact/hooks';

import { type Problem, told } from '../../api/problem';
import { type Revision, type State, type Task, may } from '../../api/types';
import { me } from '../../session/session';
import { en } from '../../strings';
import { zone } from '../../ui/format';
import { useAttempt, useOnce } from '../../ui/once';
import { Dialog, Field, Trouble } from '../../ui/parts';
import { type Move, needsNote, send } from './moves';

interface Props {
  move: Move;
  task: Task;
  revision: Revision | null;
  /** What was typed for this move before. */
  note: string;
  typed: (note: string) => void;
  close: () => void;
  done: (live: string | null) => void;
  /** What helps where the text is held back: what of it the reader may do. */
  instead: readonly Instead[];
  /** What the task has become since the dialog was opened. */
  newer: Task | null;
  /** The task is not any more what the dialog applies to. */
  lost: () => void;
}

export interface Instead {
  label: string;
  act: () => void;
}

const FIELDS = ['human_feedback', 'reason', 'publish_at'];

export function Decide({ move, task, revision, instead, newer, note, typed, close, done, lost }: Props) {
  const [at, setAt] = useState<string | null>(move === 'schedule' && task.publish_at != null ? local(new Date(task.publish_at)) : null);
  const [override, setOverride] = useState(false);
  const [busy, once] = useOnce();
  const attempt = useAttempt();
  const [problem, setProblem] = useState<Problem | null>(null);
  const number = revision?.revision ?? task.revision;
  const blockers = revision?.blockers ?? [];
  const publishes = move === 'approve' || move === 'back';
  const held = publishes && blockers.length > 0;
  const admin = may(me.value, 'admin');
  const blocked = held && !override;

  const submit = async (event: Event) => {
    event.preventDefault();
    const who = me.value;
    if (blocked || overtaken || who === null) return;
    await once(async () => {
      setProblem(null);
      try {
        const said = { note: note.trim(), at: at === null ? null : new Date(at).toISOString(), override };
        done(await send(move, task, number, who, said, attempt));
      } catch (error) {
        setProblem(told(error));
      }
    });
  };
  const overtaken = newer !== null || (problem !== null && (problem.status === 412 || (problem.status === 409 && problem.state !== null && problem.state !== task.status)));
  const wrong = problem?.of('human_feedback') ?? problem?.of('reason');
  return (
    <Dialog label={en.decide.titles[move](number)} close={close}>
      <form class="decide" onSubmit={submit}>
        <h2>{en.decide.titles[move](number)}</h2>
        <p class="decide-what">{revision?.title ?? task.title ?? task.topic}</p>
        {held && <Held blockers={blockers.map((blocker) => blocker.message)} admin={admin} instead={instead} override={override} setOverride={setOverride} />}
        {!(held && !admin) && (
          <Field
            id="note"
            label={en.decide.note[move]}
            hint={move === 'changes' ? en.decide.changesHint : needsNote(move) ? en.decide.noteHint : en.decide.noteHintShort}
            error={wrong}
          >
            <textarea
              id="note"
              rows={move === 'changes' ? 5 : 3}
              maxLength={1000}
              minLength={needsNote(move) ? 10 : 0}
              required={needsNote(move)}
              aria-describedby="note-says"
              autoFocus
              value={note}
              onInput={(event) => typed(event.currentTarget.value)}
            />
          </Field>
        )}
        {(move === 'schedule' || (move === 'approve' && !(held && !admin))) && <When at={at} setAt={setAt} error={problem?.of('publish_at')} />}
        {(move === 'unpublish' || move === 'cancel') && <p class="muted small">{en.decide.final}</p>}
        {overtaken && <Lost state={newer?.status ?? problem?.state ?? null} was={task.status} look={lost} />}
        {problem && !overtaken && (<Trouble problem={problem} besides={FIELDS} />)}
        <p class="muted small">{en.decide.binds(number, task.version)}</p>
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={close}>{en.decide.giveUp}</button>
          <button type="submit" class={move === 'reject' || move === 'unpublish' || move === 'cancel' ? 'button button-bad' : 'button button-primary'} disabled={busy || blocked || overtaken}>
            {move === 'approve' && at !== null ? en.decide.send.later : en.decide.send[move]}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface HeldProps {
  blockers: readonly string[];
  admin: boolean;
  instead: readonly Instead[];
  override: boolean;
  setOverride: (override: boolean) => void;
}

function Held({ blockers, admin, instead, override, setOverride }: HeldProps) {
  return (
    <div class="held">
      <p><strong>{en.facts.blockers}:</strong> {blockers.join('; ')}.</p>
      <p class="muted">{en.decide.blocked(admin, instead.length > 0)}</p>
      {instead.length > 0 && (
        <p class="held-instead">
          {instead.map(({ label, act }) => <button key={label} type="button" class="button button-small" onClick={act}>{label}</button>)}
        </p>
      )}
      {admin && (
        <label class="check">
          <input type="checkbox" checked={override} onChange={(event) => setOverride(event.currentTarget.checked)} />
          <span>
            {en.decide.override}
            <span class="muted small check-hint">{en.decide.overrideHint}</span>
          </span>
        </label>
      )}
    </div>
  );
}

function When({ at, setAt, error }: { at: string | null; setAt: (at: string | null) => void; error: string | undefined }) {
  return (
    <fieldset class="when">
      <legend>{en.decide.when}</legend>
      <label class="check">
        <input type="radio" name="when" checked={at === null} onChange={() => setAt(null)} /> {en.decide.now}
      </label>
      <label class="check">
        <input type="radio" name="when" checked={at !== null} onChange={() => setAt(soon())} /> {en.decide.later}
      </label>
      {at !== null && (
        <Field id="publish-at" label={en.decide.later} hint={en.decide.zone(zone())} error={error}>
          <input id="publish-at" type="datetime-local" required aria-describedby="publish-at-says" value={at} onInput={(event) => event.currentTarget.value && setAt(event.currentTarget.value)} />
        </Field>
      )}
    </fieldset>
  );
}

/** The next full hour. */
function soon(): string {
  const hour = new Date(Date.now() + 3_600_000);
  hour.setMinutes(0, 0, 0);
  return local(hour);
}

/** As the field wants it: local and without a zone. */
function local(hour: Date): string {
  return new Date(hour.getTime() - hour.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function Lost({ state, was, look }: { state: string | null; was: State; look: () => void }) {
  return (
    <div class="trouble" role="alert">
      <p>{state === null || state === was ? en.decide.stale : en.decide.lost(en.state[state as State] ?? state)}</p>
      <button type="button" class="button" onClick={look}>{en.review.show}</button>
    </div>
  );
}
