import { expect, it } from 'vitest';

import { taken } from './left';

const left = { subject: 'acme/ana', from: 'task_1', form: 'typed' };

it('who_comes_back_to_the_form_finds_it_as_it_was_left', () => {
  expect(taken(left, 'acme/ana', 'task_1')).toBe('typed');
  expect(taken({ ...left, from: null }, 'acme/ana', null)).toBe('typed');
  // Begun again by the menu.
  expect(taken(left, 'acme/ana', null)).toBe('typed');
});

it('what_was_left_is_nobody_elses_and_does_not_stand_in_the_way_of_another_task', () => {
  expect(taken(null, 'acme/ana', null)).toBeNull();
  expect(taken(left, 'acme/ben', 'task_1')).toBeNull();
  expect(taken(left, 'acme/ana', 'task_2')).toBeNull();
  expect(taken({ ...left, from: null }, 'acme/ana', 'task_2')).toBeNull();
});
