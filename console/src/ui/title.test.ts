import { expect, it } from 'vitest';

import { titleOf } from './title';

it('a_window_is_named_after_what_its_page_is_about', () => {
  expect(titleOf('Review', 'How caches keep copies')).toBe('How caches keep copies · Review · Galley');
  expect(titleOf('Review', null)).toBe('Review · Galley');
  expect(titleOf('People', 'People')).toBe('People · Galley');
});
