// Asks for content. The estimate is shown before anything is sent, and what the API refuses is said at its field.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import { type Problem, told } from '../../api/problem';
import { type Estimate, type NewTask, type Task, may } from '../../api/types';
import { NearList } from '../../near/Near';
import { address, go, place } from '../../router';
import { me } from '../../session/session';
import { en } from '../../strings';
import { dollars, languageName } from '../../ui/format';
import { useAttempt, useOnce } from '../../ui/once';
import { Field, Trouble } from '../../ui/parts';
import { say } from '../../ui/toasts';
import { type Left, taken } from './left';
import { forgetRequest, readSaved, saveRequest } from './saved';
import { words } from './strings';

const NEAR_DUPLICATE = 'urn:galley:problem:near-duplicate';

interface Form {
  topic: string;
  task_type: NonNullable<NewTask['task_type']>;
  target_length: string;
  language: string;
  style: NonNullable<NewTask['style']>;
  tone: NonNullable<NewTask['tone']>;
  quality_preference: NonNullable<NewTask['quality_preference']>;
  target_audience: string;
  primary_keyword: string;
  tags: string;
  max_cost_usd: string;
  generate_featured_image: boolean;
}

const EMPTY: Form = {
  topic: '',
  task_type: 'blog_post',
  target_length: '1500',
  language: '',
  style: 'technical',
  tone: 'professional',
  quality_preference: 'balanced',
  target_audience: '',
  primary_keyword: '',
  tags: '',
  max_cost_usd: '',
  generate_featured_image: true,
};
const FIELDS = Object.keys(EMPTY);
/** Offered; any tag of BCP 47 is taken. */
const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl', 'sv', 'cs', 'tr', 'uk', 'ar', 'he', 'hi', 'ja', 'ko', 'zh'];
const STYLES: Form['style'][] = ['technical', 'narrative', 'listicle', 'educational', 'thought-leadership'];
const TONES: Form['tone'][] = ['professional', 'casual', 'academic', 'inspirational'];
const EFFORTS: Form['quality_preference'][] = ['fast', 'balanced', 'quality'];

/** The form as the API takes it; what is empty is left to its default. */
function request(form: Form): NewTask {
  const { topic, task_type, style, tone, quality_preference, generate_featured_image } = form;
  const text = (name: 'target_audience' | 'primary_keyword' | 'max_cost_usd' | 'language') => (form[name].trim() === '' ? {} : { [name]: form[name].trim() });
  const tags = form.tags.split(',').map((tag) => tag.trim()).filter((tag) => tag !== '');
  return {
    topic, task_type, style, tone, quality_preference, generate_featured_image, tags,
    target_length: Number(form.target_length),
    ...text('target_audience'), ...text('primary_keyword'), ...text('max_cost_usd'), ...text('language'),
  } as NewTask;
}

/** What an earlier task was asked for with. */
function filled(task: Task): Form {
  const { topic, task_type, style, tone, quality_preference, generate_featured_image } = task;
  return {
    topic, task_type, style, tone, quality_preference, generate_featured_image,
    target_length: String(task.target_length),
    language: task.language ?? '',
    target_audience: task.target_audience ?? '',
    primary_keyword: task.primary_keyword ?? '',
    tags: task.tags.join(', '),
    max_cost_usd: task.max_cost_usd ?? '',
  };
}

/** An estimate is asked for when nobody has typed for so long. */
const STILL_MS = 600;

/** By a link to a near duplicate. */
let left: Left<Form> | null = null;

function takeLeft(subject: string, from: string | null): Form | null {
  const form = taken(left, subject, from);
  left = null;
  return form;
}

export function Create() {
  const subject = me.value ? `${me.value.tenant}/${me.value.subject}` : '';
  const from = place.value.query.get('from');
  // What was typed is not filled in again from the task that it began with.
  const [back] = useState(() => ({ form: takeLeft(subject, from), from }));
  const [form, setForm] = useState<Form>(back.form ?? EMPTY);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [allows, setAllows] = useState(false);
  const [busy, once] = useOnce();
  const attempt = useAttempt();
  const estimate = useEstimate(form);
  const [saved, setSaved] = useState(() => readSaved(localStorage, subject, EMPTY));
  const [chosen, setChosen] = useState('');
  const topic = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => topic.current?.focus(), []);
  useEffect(() => {
    if (from === null || (back.form !== null && back.from === from)) return;
    const params = { path: { task_id: from } };
    const asked = form;
    body(api.GET('/api/content/tasks/{task_id}', { params })).then(
      // Nor in the place of what was typed before the answer.
      (task) => setForm((now) => (now === asked ? filled(task as Task) : now)),
      (error: unknown) => setProblem(told(error)),
    );
  }, [from]);
  const set = <K extends keyof Form>(name: K, value: Form[K]) => setForm((before) => ({ ...before, [name]: value }));
  const submit = (event: Event) => {
    event.preventDefault();
    return once(async () => {
      const asked = { ...request(form), ...(allows ? { allow_near_duplicate: true } : {}) };
      try {
        const header = { 'Idempotency-Key': attempt.keyFor(asked) };
        const task = await body(api.POST('/api/content/tasks', { params: { header }, body: asked }));
        say(words.accepted);
        go(address(['tasks', task.task_id]));
      } catch (error) {
        setProblem(told(error));
      }
    });
  };
  const text = (name: 'language' | 'topic' | 'target_audience' | 'primary_keyword' | 'tags' | 'max_cost_usd' | 'target_length', label: string, hint?: string, more: object = {}) => (
    <Field id={name} label={label} hint={hint} error={problem?.of(name)} {...(['topic', 'target_length'].includes(name) ? {} : { optional: 'optional' as const })}>
      <input id={name} aria-describedby={`${name}-says`} value={form[name]} onInput={(event) => set(name, event.currentTarget.value)} {...more} />
    </Field>
  );
  const choice = <K extends 'task_type' | 'style' | 'tone' | 'quality_preference'>(name: K, label: string, values: [string, string][]) => (
    <Field id={name} label={label} error={problem?.of(name)}>
      <select id={name} aria-describedby={`${name}-says`} value={form[name]} onChange={(event) => set(name, event.currentTarget.value as Form[K])}>
        {values.map(([value, shown]) => <option key={value} value={value}>{shown}</option>)}
      </select>
    </Field>
  );
  const named = (values: readonly string[]): [string, string][] => values.map((value) => [value, en.ask.words(value)]);
  return (
    <div class="page">
      <header class="page-head">
        <h1>{en.nav.ask}</h1>
        <a href="#/new/many">{en.nav.many}</a>
      </header>
      {saved.length > 0 && (
        <p class="ask-saved">
          <select
            class="select"
            aria-label={words.saved}
            value={chosen}
            onChange={(event) => {
              const one = saved.find((kept) => kept.name === event.currentTarget.value);
              setChosen(one?.name ?? '');
              if (one) setForm(one.form);
            }}
          >
            <option value="">{words.saved}</option>
            {saved.map((one) => <option key={one.name} value={one.name}>{one.name}</option>)}
          </select>
          {chosen !== '' && (
            <button
              type="button"
              class="button button-quiet"
              onClick={() => {
                setSaved(forgetRequest(localStorage, subject, saved, chosen));
                setChosen('');
              }}
            >
              {words.forget}
            </button>
          )}
        </p>
      )}
      <form class="ask" onSubmit={submit}>
        <div class="ask-fields">
          <div class="ask-whole">{text('topic', en.ask.topic, words.topicHint, { required: true, minLength: 3, maxLength: 200, ref: topic })}</div>
          {choice('task_type', en.ask.type, Object.entries(en.type))}
          {text('target_length', words.length, words.lengthHint, { type: 'number', required: true, min: 200, max: 5000, step: 1 })}
          {text('language', en.ask.language, words.languageHint, { list: 'languages', maxLength: 35, spellcheck: false })}
          <datalist id="languages">
            {LANGUAGES.map((tag) => <option key={tag} value={tag}>{languageName(tag)}</option>)}
          </datalist>
          {choice('style', en.ask.style, named(STYLES))}
          {choice('tone', en.ask.tone, named(TONES))}
          {text('target_audience', en.ask.audience, undefined, { maxLength: 100 })}
          {text('primary_keyword', en.ask.keyword, undefined, { maxLength: 50 })}
          {text('tags', words.tags, words.tagsHint)}
          {choice('quality_preference', words.quality, EFFORTS.map((value) => [value, en.ask.qualities[value] ?? value]))}
          {text('max_cost_usd', words.cap, words.capHint, { inputMode: 'decimal' })}
          <label class="check ask-check">
            <input type="checkbox" checked={form.generate_featured_image} onChange={(event) => set('generate_featured_image', event.currentTarget.checked)} />
            {words.image}
          </label>
        </div>
        {problem && <Trouble problem={problem} besides={FIELDS} />}
        {estimate && estimate.near.length > 0 && (
          <section class="ask-near" aria-label={en.near.title}>
            <p role="status"><strong>{en.near.before(estimate.near.length)}</strong></p>
            <NearList near={estimate.near} leave={() => (left = { subject, from, form })} />
            <p class="muted small">{en.near.why}</p>
          </section>
        )}
        {(allows || problem?.kind === NEAR_DUPLICATE) && may(me.value, 'editor') && (
          <label class="check">
            <input type="checkbox" checked={allows} onChange={(event) => setAllows(event.currentTarget.checked)} />
            {words.allSame}
          </label>
        )}
        <footer class="ask-foot">
          <Estimated estimate={estimate} />
          <button
            type="button"
            class="button button-quiet"
            disabled={form.topic.trim() === ''}
            onClick={() => {
              setSaved(saveRequest(localStorage, subject, saved, { name: form.topic.trim(), form }));
              setChosen(form.topic.trim());
              say(words.savedHere);
            }}
          >
            {words.save}
          </button>
          <button type="submit" class="button button-primary" disabled={busy}>{words.send}</button>
        </footer>
      </form>
    </div>
  );
}

function useEstimate(form: Form): Estimate | null {
  const [estimate, setEstimate] = useState<Estimate | null>(null);
  const { target_length, task_type, quality_preference, max_cost_usd, generate_featured_image } = form;
  // The topic's words do not change the price, and say what is near.
  const topic = form.topic.trim();
  const known = topic.length >= 3;
  useEffect(() => {
    if (!known) return setEstimate(null);
    const abort = new AbortController();
    const timer = setTimeout(() => {
      body(api.POST('/api/content/tasks/estimate', { body: request(form), signal: abort.signal })).then(
        (priced) => setEstimate(priced),
        // The form says what is wrong when it is sent.
        () => setEstimate(null),
      );
    }, STILL_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [known, topic, target_length, task_type, quality_preference, max_cost_usd, generate_featured_image]);
  return estimate;
}

function Estimated({ estimate }: { estimate: Estimate | null }) {
  if (!estimate) return <p class="muted" role="status">{words.estimate}: –</p>;
  if (estimate.phases.length === 0) return <p class="muted" role="status">{words.free}</p>;
  return (
    <p role="status">
      {words.estimate}: <strong>{dollars(estimate.expected_usd)}</strong> {words.expected}, {dollars(estimate.most_usd)} {words.most};{' '}
      <span class={estimate.within_cap ? 'good' : 'bad'}>{estimate.within_cap ? words.within : words.over} ({dollars(estimate.cap_usd)})</span>
    </p>
  );
}
