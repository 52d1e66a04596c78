// The fields of a form, each with its rule and with what the API says is wrong with it.
import { useLayoutEffect, useRef } from 'preact/hooks';

import type { Problem } from '../api/problem';
import { Field } from '../ui/parts';
import type { FieldSpec, Value, Values } from './form';
import { wrongWith } from './wrong';

interface FieldsProps {
  /** Before each field's name, to tell this form's from those of another on the page. */
  id: string;
  fields: readonly FieldSpec[];
  values: Values;
  set: (name: string, value: Value) => void;
  problem: Problem | null;
}

export function Fields({ id, fields, values, set, problem }: FieldsProps) {
  const all = useRef<HTMLDivElement>(null);
  // Whoever was refused goes on where something is to be mended.
  useLayoutEffect(() => {
    if (problem) all.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problem]);
  return (
    <div class="kit-fields" ref={all}>
      {fields.map((field) => (
        <One key={field.name} id={`${id}-${field.name}`} field={field} value={values[field.name] ?? ''} set={(value) => set(field.name, value)} error={wrongWith(problem, field.name)} />
      ))}
    </div>
  );
}

interface OneProps {
  id: string;
  field: FieldSpec;
  value: Value;
  set: (value: Value) => void;
  error: string | undefined;
}

function One(props: OneProps) {
  const { id, field, error } = props;
  if (field.kind === 'check') return <Check {...props} />;
  if (field.kind === 'many') return <Many {...props} />;
  return (
    <Field id={id} label={field.label} hint={field.hint} error={error} {...(field.optional ? { optional: field.optional } : {})}>
      <Control {...props} />
    </Field>
  );
}

function Control({ id, field, value, set, error }: OneProps) {
  const { kind = 'text' } = field;
  const common = { id, 'aria-describedby': `${id}-says`, 'aria-invalid': error !== undefined, value: String(value), ...field.more };
  if (kind === 'choice') {
    return (
      <select {...common} onChange={(event) => set(event.currentTarget.value)}>
        {field.options?.map(([option, label]) => <option key={option} value={option}>{label}</option>)}
      </select>
    );
  }
  const typed = { ...common, autoComplete: 'off', onInput: (event: { currentTarget: { value: string } }) => set(event.currentTarget.value) };
  if (kind === 'long' || kind === 'links' || kind === 'lines') return <textarea rows={3} {...typed} />;
  if (kind === 'secret') return <input type="password" {...typed} />;
  if (kind === 'day' || kind === 'date') return <input type="date" {...typed} />;
  if (kind === 'time') return <input type="time" {...typed} />;
  return <input type="text" inputMode={kind === 'number' ? 'decimal' : 'text'} spellcheck={false} {...typed} />;
}

function Says({ id, field, error }: Pick<OneProps, 'id' | 'field' | 'error'>) {
  return <p id={`${id}-says`} class={error ? 'field-error' : 'field-hint'}>{error ?? field.hint ?? ''}</p>;
}

function Check({ id, field, value, set, error }: OneProps) {
  return (
    <div class="field kit-check">
      <label class="check" for={id}>
        <input id={id} type="checkbox" aria-describedby={`${id}-says`} checked={value === true} onChange={(event) => set(event.currentTarget.checked)} />
        {field.label}
      </label>
      <Says id={id} field={field} error={error} />
    </div>
  );
}

function Many({ id, field, value, set, error }: OneProps) {
  const chosen = typeof value === 'object' ? value : [];
  return (
    <fieldset class="field kit-many" aria-describedby={`${id}-says`}>
      <legend>{field.label}</legend>
      {field.options?.map(([option, label]) => (
        <label key={option} class="check">
          <input
            type="checkbox"
            checked={chosen.includes(option)}
            onChange={(event) => set(event.currentTarget.checked ? [...chosen, option] : chosen.filter((one) => one !== option))}
          />
          {label}
        </label>
      ))}
      <Says id={id} field={field} error={error} />
    </fieldset>
  );
}
