import { expect, it } from 'vitest';

import { Attempt } from './once';

it('the_same_request_again_after_a_lost_answer_has_the_same_key', () => {
  const attempt = new Attempt();
  const first = attempt.keyFor({ topic: 'Caching' });
  expect(attempt.keyFor({ topic: 'Caching' })).toBe(first);
  expect(attempt.keyFor({ topic: 'Other' })).not.toBe(first);
});

it('what_has_taken_effect_may_be_asked_for_again', () => {
  const attempt = new Attempt();
  const first = attempt.keyFor('one');
  attempt.done();
  expect(attempt.keyFor('one')).not.toBe(first);
});
