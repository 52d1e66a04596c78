// What the API says is wrong, by the field of a form that it belongs to.
import type { Problem } from '../api/problem';
import type { FieldSpec } from './form';

/** Whether an error's place is a field or a part of it, as `events[0]` is of `events`. */
const isOf = (place: string, name: string): boolean => place === name || place.startsWith(`${name}[`) || place.startsWith(`${name}.`);

export function wrongWith(problem: Problem | null, name: string): string | undefined {
  return problem?.errors.find(({ field }) => isOf(field, name))?.message;
}

/** The places that stand at a field of the form; what is wrong elsewhere is said beside it. */
export function placesOf(fields: readonly FieldSpec[], problem: Problem): string[] {
  return problem.errors.map(({ field }) => field).filter((place) => fields.some(({ name }) => isOf(place, name)));
}
