// The form of a schedule: its fields, and what the API gets of them. A field is called as the API calls its place, so that what is wrong is
// said where it is. No DOM.
import type { Bodies, Rule, Schedule, Task } from '../../api/types';
import { type FieldSpec, type Values, bodyOf } from '../../kit/form';
import { en } from '../../strings';
import { words } from './strings';

const { fields: said, repeats, modes } = words.form;
const named = (values: readonly string[]): [string, string][] => values.map((value) => [value, en.ask.words(value)]);
const optional = 'optional' as const;

const NAME: FieldSpec = { name: 'name', ...said.name };
const REQUEST: FieldSpec[] = [
  { name: 'request.topic', ...said.topic, more: { maxLength: 200 } },
  { name: 'topics', ...said.topics, kind: 'lines', optional },
  { name: 'request.task_type', ...said.task_type, kind: 'choice', options: Object.entries(en.type) },
  { name: 'request.target_length', ...said.target_length, kind: 'number' },
  { name: 'request.language', ...said.language, optional },
  { name: 'request.style', ...said.style, kind: 'choice', options: named(['technical', 'narrative', 'listicle', 'educational', 'thought-leadership']) },
  { name: 'request.tone', ...said.tone, kind: 'choice', options: named(['professional', 'casual', 'academic', 'inspirational']) },
  { name: 'request.target_audience', ...said.target_audience, optional },
  { name: 'request.primary_keyword', ...said.primary_keyword, optional },
  { name: 'request.tags', ...said.tags, kind: 'commas', optional },
  { name: 'request.quality_preference', ...said.quality_preference, kind: 'choice', options: Object.entries(en.ask.qualities) },
  { name: 'request.generate_featured_image', ...said.generate_featured_image, kind: 'check' },
];
/** Only what an admin has scheduled is published without a person. */
const MODE: FieldSpec = { name: 'request.publish_mode', ...said.publish_mode, kind: 'choice', options: modes as [string, string][] };
const POLICY: FieldSpec[] = [
  { name: 'max_cost_usd', ...said.max_cost_usd, optional, more: { inputMode: 'decimal' } },
  { name: 'max_cost_usd_per_month', ...said.max_cost_usd_per_month, optional, more: { inputMode: 'decimal' } },
  { name: 'overlap', ...said.overlap, kind: 'choice', options: Object.entries(words.overlap) },
  { name: 'missed', ...said.missed, kind: 'choice', options: Object.entries(words.missed) },
];
const BOUNDS: FieldSpec[] = [
  { name: 'rule.start', ...said.start, kind: 'date', optional },
  { name: 'rule.end', ...said.end, kind: 'date', optional },
  { name: 'rule.count', ...said.count, kind: 'number', optional },
  { name: 'rule.except', ...said.except, kind: 'list', optional },
];

/** The fields of a rule that repeats so: the API takes no others with it. */
function ruleFields(repeat: string, zones: readonly string[]): FieldSpec[] {
  const of: Partial<Record<string, FieldSpec>> = {
    once: { name: 'rule.date', ...said.date, kind: 'date' },
    weekly: { name: 'rule.weekdays', ...said.weekdays, kind: 'many', options: Object.entries(words.weekdays) },
    monthly: { name: 'rule.day', ...said.day, kind: 'number' },
  };
  const own = of[repeat];
  return [
    { name: 'rule.repeat', ...said.repeat, kind: 'choice', options: repeats },
    ...(own ? [own] : []),
    { name: 'rule.at', ...said.at, kind: 'time' },
    { name: 'rule.zone', ...said.zone, kind: 'choice', options: zones.map((zone) => [zone, zone] as const) },
    ...(repeat === 'once' ? [] : BOUNDS),
  ];
}

export interface Group {
  title: string;
  lead?: string;
  fields: readonly FieldSpec[];
}

/** The form's fields, as what is typed asks for them. */
export function groupsOf(values: Values, zones: readonly string[], mayPublish: boolean): Group[] {
  return [
    { title: words.form.what, lead: words.form.variables, fields: [NAME, ...REQUEST, ...(mayPublish ? [MODE] : [])] },
    { title: words.form.when, fields: ruleFields(String(values['rule.repeat'] ?? ''), zones) },
    { title: words.form.policy, fields: POLICY },
  ];
}

/** Every field that there is, whatever is typed. */
export function allFields(mayPublish: boolean): FieldSpec[] {
  const rules = repeats.flatMap(([repeat]) => ruleFields(repeat, []));
  const all = [NAME, ...REQUEST, ...(mayPublish ? [MODE] : []), ...rules, ...POLICY];
  return all.filter(({ name }, at) => all.findIndex((other) => other.name === name) === at);
}

type Flat = Readonly<Record<string, unknown>>;
type Nested = Record<string, unknown>;

/** `{ 'rule.at': '09:00' }` of `{ rule: { at: '09:00' } }`: a field's name is its place. */
export function flat(of: object): Flat {
  const parts = Object.entries(of).flatMap(([name, value]: [string, unknown]) =>
    name === 'rule' || name === 'request' ? Object.entries(value as object).map(([part, held]: [string, unknown]) => [`${name}.${part}`, held]) : [[name, value]],
  );
  return Object.fromEntries(parts) as Flat;
}

function nested(of: Flat): Nested {
  const whole: Nested = {};
  for (const [place, value] of Object.entries(of)) {
    const [name = '', part] = place.split('.', 2);
    if (part === undefined) whole[name] = value;
    else whole[name] = { ...(whole[name] as object | undefined), [part]: value };
  }
  return whole;
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
const withoutEmpty = (of: object): object => Object.fromEntries(Object.entries(of).filter(([, value]) => !isEmpty(value)));

/** What a new schedule begins with. */
export const usual = (zone: string): Flat => ({
  'request.task_type': 'blog_post', 'request.target_length': 1500, 'request.style': 'technical', 'request.tone': 'professional',
  'request.quality_preference': 'balanced', 'request.generate_featured_image': true, 'request.publish_mode': 'draft',
  'rule.repeat': 'weekly', 'rule.weekdays': ['mon'], 'rule.at': '09:00', 'rule.zone': zone, overlap: 'skip', missed: 'skip',
});

const OF_A_TASK = [
  'topic', 'task_type', 'target_length', 'language', 'style', 'tone', 'target_audience', 'primary_keyword', 'tags', 'quality_preference', 'generate_featured_image',
] as const satisfies readonly (keyof Task)[];

/** What a schedule begins with that asks for the same as a task again and again. */
export const likeTask = (task: Task, zone: string): Flat => ({
  ...usual(zone), name: task.topic.slice(0, 80), max_cost_usd: task.max_cost_usd, ...Object.fromEntries(OF_A_TASK.map((name) => [`request.${name}`, task[name]])),
});

/** The schedule as it is shown in the form: what its request leaves out is what the API takes then. */
export const known = (schedule: Schedule): Flat => ({ ...usual(schedule.rule.zone), 'rule.weekdays': [], ...flat(schedule) });

/** All that the form says. */
export function newSchedule(fields: readonly FieldSpec[], values: Values): Bodies['NewSchedule'] {
  const { rule, request, ...rest } = nested(bodyOf(fields, values)) as { rule: object; request: object };
  return { ...rest, rule: withoutEmpty(rule) as Rule, request: withoutEmpty(request) } as Bodies['NewSchedule'];
}

/**
 * What the form changes. Fields of the request that it does not show stay as they are; what was emptied is left out of the request, and is
 * null beside it.
 */
export function changesOf(schedule: Schedule, fields: readonly FieldSpec[], before: Values, values: Values): Bodies['SchedulePatch'] {
  // The form as it was says what it would have sent without a change.
  const [was, is] = [newSchedule(fields, before), newSchedule(fields, values)] as Record<string, unknown>[] as [Nested, Nested];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]));
  const shown = new Set(fields.map(({ name }) => name));
  const hidden = Object.fromEntries(Object.entries(schedule.request).filter(([name]) => !shown.has(`request.${name}`)));
  const value = (name: string): unknown => (name === 'request' ? { ...hidden, ...(is['request'] as object) } : (is[name] ?? null));
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Bodies['SchedulePatch'];
}

/** Whether whoever saves it becomes its owner. */
export const takesOver = (changes: object): boolean => Object.keys(changes).some((name) => name !== 'name');
