import { expect, it } from 'vitest';

import { Problem } from '../api/problem';
import type { FieldSpec } from './form';
import { placesOf, wrongWith } from './wrong';

const FIELDS: FieldSpec[] = [{ name: 'source', label: 'Name' }, { name: 'events', label: 'Events', kind: 'many' }];
const problem = new Problem(400, 'invalid', 'The request is not valid', [
  { field: 'events[1]', message: 'must be one of these' },
  { field: 'source_name', message: 'is unknown' },
  { field: 'settings.author', message: 'must be a number' },
]);

it('what_is_wrong_with_a_part_of_a_list_stands_at_the_list', () => {
  expect(wrongWith(problem, 'events')).toBe('must be one of these');
  expect(wrongWith(problem, 'settings')).toBe('must be a number');
});

it('a_name_that_only_begins_as_a_field_is_another', () => {
  expect(wrongWith(problem, 'source')).toBeUndefined();
  expect(wrongWith(null, 'source')).toBeUndefined();
});

it('what_no_field_shows_is_said_beside_the_form', () => {
  expect(problem.besides(placesOf(FIELDS, problem)).map(({ field }) => field)).toEqual(['source_name', 'settings.author']);
});
