import { expect, it } from 'vitest';

import { anchorOf, findAnchor, paragraphs } from './anchor';

const html = '<h2>Copies</h2><p>A cache keeps a copy.</p><p>It keeps it <em>for a</em> while.</p><ul><li>A cache keeps a copy.</li></ul><p>The end.</p>';
const text = paragraphs(html);

it('a_quote_that_stands_twice_is_found_where_it_was_made', () => {
  expect(text).toEqual(['Copies', 'A cache keeps a copy.', 'It keeps it for a while.', 'A cache keeps a copy.', 'The end.']);
  const [first, second] = [anchorOf(text, 1, ''), anchorOf(text, 3, '')];
  expect([first.quote, second.quote]).toEqual(['A cache keeps a copy.', 'A cache keeps a copy.']);
  const whole = text.join(' ');
  expect([findAnchor(text, first), findAnchor(text, second)]).toEqual([whole.indexOf(first.quote), whole.lastIndexOf(first.quote)]);
});

it('a_place_is_found_again_in_a_text_that_has_changed_around_it', () => {
  const anchor = anchorOf(text, 2, 'for a  while');
  expect(anchor).toEqual({ quote: 'for a while', before: 'Copies A cache keeps a copy. It keeps it', after: '. A cache keeps a copy. The end.' });
  expect(findAnchor(['New.', 'A browser keeps it for a while, or not.'], anchor)).toBe('New. A browser keeps it '.length);
});

it('what_is_not_there_any_more_or_is_nowhere_known_again_is_lost', () => {
  const anchor = anchorOf(text, 1, '');
  expect(findAnchor(['A cache has a copy.'], anchor)).toBeNull();
  expect(findAnchor(['Here.', 'A cache keeps a copy.', 'X', 'A cache keeps a copy.'], { ...anchor, before: 'gone', after: 'away' })).toBeNull();
  expect(findAnchor([], anchor)).toBeNull();
  expect(findAnchor(text, { quote: ' ' })).toBeNull();
});

it('a_quote_is_no_longer_than_the_api_takes_it', () => {
  const long = ['x'.repeat(200), 'word '.repeat(200).trim(), 'y'.repeat(200)];
  const anchor = anchorOf(long, 1, '');
  expect(anchor.quote.length <= 500 && (anchor.before?.length ?? 0) <= 64 && (anchor.after?.length ?? 0) <= 64).toBe(true);
  expect(anchorOf(long, 1, 'not in it').quote).toBe(anchor.quote);
});
