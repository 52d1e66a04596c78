// A question in a dialog: a form, or a yes to what cannot be undone. Where the answer has a secret that is shown once, the same dialog shows it.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

import { type Problem, told } from '../api/problem';
import { en } from '../strings';
import { useAttempt, useOnce } from '../ui/once';
import { Dialog, Trouble } from '../ui/parts';
import { Fields } from './Fields';
import { type FieldSpec, type Values, bodyOf, filled, unlike } from './form';
import { kit } from './strings';
import { placesOf } from './wrong';

/** Kept by the dialog that shows it and by nothing else: it is gone when the dialog or the page is left. */
export interface Secret {
  title: string;
  /** `undefined`: an earlier answer has shown it, which may have got lost. */
  text: string | undefined;
  /** What it is for. */
  hint: string;
  /** It can be shown again, whenever somebody asks. */
  again?: 'again';
}

export interface Question<B> {
  title: string;
  lead?: ComponentChildren;
  fields?: readonly FieldSpec[];
  values?: object;
  send: string;
  tone?: 'bad';
  /** `key`: for a request that is made again after its answer got lost. */
  act: (body: B, key: string) => Promise<Secret | void>;
}

/** A place for a dialog, and a function that asks in it. */
export function useAsk(): [ComponentChildren, <B>(question: Question<B>) => void] {
  const [asked, setAsked] = useState<Question<unknown> | null>(null);
  const dialog = asked && <Ask question={asked} close={() => setAsked(null)} />;
  return [dialog, (question) => setAsked(question as Question<unknown>)];
}

function Ask({ question, close }: { question: Question<unknown>; close: () => void }) {
  const fields = question.fields ?? [];
  const [values, setValues] = useState<Values>(() => filled(fields, question.values));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [secret, setSecret] = useState<Secret | null>(null);
  const [busy, once] = useOnce();
  const attempt = useAttempt();
  if (secret) return <Shown secret={secret} close={close} />;
  const waits = unlike(fields, values).length > 0;
  const send = (event: Event) => {
    event.preventDefault();
    if (waits) return;
    void once(async () => {
      const body = bodyOf(fields, values);
      try {
        const answer = await question.act(body, attempt.keyFor(body));
        attempt.done();
        if (answer) setSecret(answer);
        else close();
      } catch (error) {
        setProblem(told(error));
      }
    });
  };
  return (
    // Not while it is under way: what the answer shows once would be lost.
    <Dialog label={question.title} {...(busy ? {} : { close })}>
      <form class="kit-ask" onSubmit={send}>
        <h2>{question.title}</h2>
        {question.lead && <p class="muted">{question.lead}</p>}
        {fields.length > 0 && <Fields id="ask" fields={fields} values={values} set={(name, value) => setValues((before) => ({ ...before, [name]: value }))} problem={problem} />}
        {problem && <Trouble problem={problem} besides={placesOf(fields, problem)} />}
        <footer class="dialog-foot">
          <button type="button" class="button" disabled={busy} onClick={close}>{en.decide.giveUp}</button>
          <button type="submit" class={question.tone === 'bad' ? 'button button-bad' : 'button button-primary'} disabled={busy || waits}>{question.send}</button>
        </footer>
      </form>
    </Dialog>
  );
}

/** Stays until it is answered: whoever clicks beside it would lose what is never shown again. */
function Shown({ secret, close }: { secret: Secret; close: () => void }) {
  const [copied, setCopied] = useState('');
  const { text } = secret;
  const copy = (shown: string) =>
    navigator.clipboard.writeText(shown).then(
      () => setCopied(kit.secret.copied),
      () => setCopied(kit.secret.copyByHand),
    );
  return (
    <Dialog label={secret.title}>
      <div class="kit-ask">
        <h2>{secret.title}</h2>
        {text === undefined ? (
          <p class="notice notice-wants">{kit.secret.wasShown}</p>
        ) : (
          <>
            {!secret.again && <p class="notice notice-wants">{kit.secret.once}</p>}
            <textarea class="kit-secret" rows={2} readOnly spellcheck={false} aria-label={secret.title} value={text} onFocus={(event) => event.currentTarget.select()} />
          </>
        )}
        <p class="muted small">{secret.hint}</p>
        <p class="muted small" role="status">{copied}</p>
        <footer class="dialog-foot">
          {text !== undefined && <button type="button" class="button" onClick={() => void copy(text)}>{kit.secret.copy}</button>}
          <button type="button" class="button button-primary" onClick={close}>{text === undefined || secret.again ? en.shell.close : kit.secret.kept}</button>
        </footer>
      </div>
    </Dialog>
  );
}
