import { expect, it } from 'vitest';

import { csv } from '../../text/csv';
import { rows } from './bulk';

it('no_comma_quote_or_line_within_quotes_ends_a_cell', () => {
  expect(csv('a,b\r\n"one, two","he said ""no""\nand left"\r\n\r\n')).toEqual([['a', 'b'], ['one, two', 'he said "no"\nand left']]);
  expect(csv('')).toEqual([]);
  expect(csv('a\tb, c\nd\te')).toEqual([['a', 'b, c'], ['d', 'e']]);
});

it('a_column_that_is_no_field_is_named_and_sent_to_nobody', () => {
  const read = rows('topic,secret\nHow caches work,1');
  expect(read).toEqual({ tasks: [{ topic: 'How caches work' }], unknown: ['secret'] });
});

it('numbers_lists_and_yes_or_no_are_read_and_what_is_wrong_is_left_to_the_api', () => {
  const read = rows('Topic,Target length,Tags,Generate featured image\nHow caches work,800,http; caching,no\nAnother,many,,');
  expect(read.tasks).toEqual([
    { topic: 'How caches work', target_length: 800, tags: ['http', 'caching'], generate_featured_image: false },
    { topic: 'Another', target_length: 'many' },
  ]);
});
