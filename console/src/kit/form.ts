// A form as data: its fields, and the body that the API gets of what stands in them. No DOM.
export type Value = string | boolean | readonly string[];
export type Values = Readonly<Record<string, Value>>;

/**
 * What a field holds. `day`: a date, of which the whole day counts. `date` and `time`: of a calendar and a clock, wherever these are.
 * `list`: words apart by spaces or commas. `commas`: texts apart by commas. `lines`: a text a line. `many`: several of its options.
 * `links`: a line for each link, its label and then its address.
 * `secret`: typed and never shown. `again`: has to repeat another field, and is not sent.
 */
export type Kind = 'text' | 'long' | 'secret' | 'number' | 'day' | 'date' | 'time' | 'list' | 'commas' | 'lines' | 'links' | 'check' | 'choice' | 'many' | 'again';

export interface FieldSpec {
  name: string;
  label: string;
  kind?: Kind;
  hint?: string;
  optional?: 'optional';
  options?: readonly (readonly [string, string])[];
  /** Of `again`: the field that it repeats. */
  of?: string;
  /** What the browser is told of it: bounds, suggestions. */
  more?: Readonly<Record<string, string | number | boolean>>;
}

interface Link {
  label: string;
  url: string;
}

const inLine = ({ label, url }: Link): string => `${label} ${url}`;

/** The address is the last word; what has none goes as it is: the API says what is wrong with it. */
function linkOf(line: string): Link {
  const [, label = '', url = ''] = /^(.*?)\s*(\S+)$/u.exec(line.trim()) ?? [];
  return { label, url };
}

/** A value of the API as one line: of links their labels and addresses. */
export function inOneLine(value: unknown): string {
  if (Array.isArray(value)) return value.map(inOneLine).join(', ');
  return typeof value === 'object' && value !== null ? inLine(value as Link) : String(value);
}

type Body = Record<string, unknown>;

/** Between the texts of a list, as they are typed and as they are shown. */
const BETWEEN: Partial<Record<Kind, readonly [RegExp, string]>> = { list: [/[\s,]+/, ' '], commas: [/\s*,\s*/, ', '], lines: [/\s*\n\s*/, '\n'] };

const EMPTY: Partial<Record<Kind, Value>> = { check: false, many: [] };

/** A form in which nobody has typed, but for what is `given`. */
export function filled(fields: readonly FieldSpec[], given: object = {}): Values {
  const known = given as Readonly<Record<string, unknown>>;
  return Object.fromEntries(fields.map((field) => [field.name, shown(field, known[field.name])]));
}

/** A value of the API as its field shows it. */
function shown({ kind = 'text' }: FieldSpec, value: unknown): Value {
  if (value === null || value === undefined) return EMPTY[kind] ?? '';
  const between = BETWEEN[kind];
  if (between) return (value as string[]).join(between[1]);
  if (kind === 'links') return (value as Link[]).map(inLine).join('\n');
  if (kind === 'check') return value === true;
  if (kind === 'many') return value as string[];
  return String(value);
}

/** What a field says to the API; `undefined` where it is empty. */
function said({ kind = 'text' }: FieldSpec, value: Value | undefined): unknown {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'object') return value;
  const text = (value ?? '').trim();
  const between = BETWEEN[kind];
  if (between) return text.split(between[0]).filter((word) => word !== '');
  if (kind === 'links') return text.split('\n').filter((line) => line.trim() !== '').map(linkOf);
  if (text === '' || kind === 'again') return undefined;
  // What is no number goes as it is: the API says what is wrong with it.
  if (kind === 'number') return Number.isFinite(Number(text)) ? Number(text) : text;
  if (kind === 'day') return endOf(text);
  return text;
}

/** The last second of a day, where whoever typed it lives; what is no day goes as it is. */
function endOf(day: string): string {
  const end = new Date(`${day}T23:59:59`);
  return Number.isNaN(end.getTime()) ? day : end.toISOString();
}

/** All that the form says; what is empty and may be is left to its default. */
export function bodyOf(fields: readonly FieldSpec[], values: Values): Body {
  const all = fields.map((field) => [field.name, said(field, values[field.name]) ?? (field.optional || field.kind === 'again' ? undefined : '')] as const);
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

/** What the form changes of what was there; `null` for what was emptied. */
export function changesOf(fields: readonly FieldSpec[], before: Values, values: Values): Body {
  const changed = fields.filter(({ name }) => !same(before[name], values[name]));
  return Object.fromEntries(changed.map((field) => [field.name, said(field, values[field.name]) ?? null]));
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Fields that do not repeat what they should. */
export function unlike(fields: readonly FieldSpec[], values: Values): string[] {
  return fields.filter(({ kind, name, of }) => kind === 'again' && values[name] !== values[of ?? '']).map(({ name }) => name);
}

export interface Difference {
  name: string;
  before: unknown;
  after: unknown;
}

/** A list without anything says no more than one that is not there. */
const orNothing = (value: unknown): unknown => (Array.isArray(value) && value.length === 0 ? null : (value ?? null));

/** Where two versions differ, by name; what one has not is `null` there. */
export function differences(before: object | null | undefined, after: object | null | undefined): Difference[] {
  const [one, other] = [before ?? {}, after ?? {}] as Readonly<Record<string, unknown>>[];
  const names = [...new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])];
  const all = names.map((name) => ({ name, before: orNothing(one?.[name]), after: orNothing(other?.[name]) }));
  return all.filter((line) => !same(line.before, line.after));
}
