// A form of what is set already: only what was changed is sent, so that nobody undoes what somebody else has set meanwhile.
import { useLayoutEffect, useState } from 'preact/hooks';

import { type Problem, told } from '../api/problem';
import { useOnce } from '../ui/once';
import { Trouble } from '../ui/parts';
import { Fields } from './Fields';
import { type FieldSpec, type Values, changesOf, filled } from './form';
import { kit } from './strings';
import { placesOf } from './wrong';

interface ChangeFormProps<B> {
  id: string;
  label: string;
  fields: readonly FieldSpec[];
  value: object;
  save: (changes: B) => Promise<void>;
}

export function ChangeForm<B>({ id, label, fields, value, save }: ChangeFormProps<B>) {
  const before = filled(fields, value);
  const [values, setValues] = useState<Values>(before);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, once] = useOnce();
  const reset = () => {
    setValues(before);
    setProblem(null);
  };
  // Not after the next paint: what is typed before it would be taken back.
  useLayoutEffect(reset, [JSON.stringify(before)]);
  const changes = changesOf(fields, before, values);
  const unchanged = Object.keys(changes).length === 0;
  const send = (event: Event) => {
    event.preventDefault();
    if (unchanged) return;
    void once(async () => {
      try {
        await save(changes as B);
        setProblem(null);
      } catch (error) {
        setProblem(told(error));
      }
    });
  };
  return (
    <form class="kit-card" aria-label={label} onSubmit={send}>
      <Fields id={id} fields={fields} values={values} set={(name, typed) => setValues((now) => ({ ...now, [name]: typed }))} problem={problem} />
      {problem && <Trouble problem={problem} besides={placesOf(fields, problem)} />}
      <footer class="dialog-foot">
        {unchanged ? <p class="muted small kit-foot-says" role="status">{kit.form.unchanged}</p> : <button type="button" class="button" onClick={reset}>{kit.form.undo}</button>}
        <button type="submit" class="button button-primary" disabled={busy || unchanged}>{kit.form.save}</button>
      </footer>
    </form>
  );
}
