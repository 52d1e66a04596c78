import { describe, expect, it } from 'vitest';

import { blocks } from './blocks';
import { counts, difference, words } from './diff';
import { marked } from './place';
import { pictures, withoutPictures } from './pictures';
import { unsourced } from './unsourced';

const kinds = (html: string) => blocks(html).map((block) => `${block.kind}: ${block.text}`);

describe('blocks', () => {
  it('no_text_of_an_article_is_left_out', () => {
    const html = '<h2 id="a">One</h2>\n<p>Two &amp; <em>three</em><br>four</p><ul><li>Five</li><li><p>Six</p></li></ul><blockquote>Seven</blockquote>loose';
    expect(kinds(html)).toEqual(['h2: One', 'p: Two & three four', 'li: Five', 'p: Six', 'p: Seven', 'p: loose']);
  });

  it('an_attribute_that_looks_like_a_tag_is_none', () => {
    expect(kinds('<p><a href="https://a.example/" title="a > b">link</a> after</p>')).toEqual(['p: link after']);
    expect(blocks('<p><a href="https://a.example/?a=1&amp;b=2">x</a></p>')[0]?.links).toEqual(['https://a.example/?a=1&b=2']);
  });

  it('the_lines_of_code_stay_as_they_are', () => {
    expect(blocks('<pre><code>a\n  b\n</code></pre>')[0]).toMatchObject({ kind: 'pre', text: 'a\n  b' });
  });
});

describe('difference', () => {
  const article = (...paragraphs: string[]) => blocks(paragraphs.map((text) => `<p>${text}</p>`).join(''));

  it('an_edited_paragraph_is_shown_word_by_word_and_not_as_two', () => {
    const rows = difference(article('First stays.', 'The quick brown fox jumps.'), article('First stays.', 'The quick red fox jumps.'));
    expect(rows.map((row) => row.change)).toEqual(['same', 'edited']);
    expect(counts(rows)).toEqual({ added: 1, removed: 1 });
  });

  it('a_paragraph_that_was_put_between_is_added_and_its_neighbours_are_the_same', () => {
    const rows = difference(article('One is here.', 'Two is here.'), article('One is here.', 'Something else altogether.', 'Two is here.'));
    expect(rows.map((row) => row.change)).toEqual(['same', 'added', 'same']);
  });

  it('a_paragraph_that_became_another_is_gone_and_come', () => {
    const rows = difference(article('Alpha beta gamma.'), article('Nothing alike whatsoever.'));
    expect(rows.map((row) => row.change)).toEqual(['removed', 'added']);
  });

  it('both_sides_can_be_read_off_the_parts', () => {
    const [before, after] = ['A text, as it was before.', 'The text as it is now, after.'];
    const parts = words(before, after);
    expect(parts.filter((part) => part.change !== 'added').map((part) => part.text).join('')).toBe(before);
    expect(parts.filter((part) => part.change !== 'removed').map((part) => part.text).join('')).toBe(after);
  });

  it('a_text_without_spaces_is_compared_by_its_words', () => {
    const parts = words('我们今天去公园。', '我们明天去公园。');
    expect(parts.filter((part) => part.change !== 'same').map((part) => part.text)).toEqual(['今天', '明天']);
  });

  it('two_hundred_changes_in_five_thousand_words_take_a_tenth_of_a_second', () => {
    const paragraph = (n: number) => Array.from({ length: 50 }, (_, at) => `word${(n * 31 + at * 7) % 900}`).join(' ');
    const before = Array.from({ length: 100 }, (_, n) => paragraph(n));
    const after = before.map((text) => text.replace(/word\d+/, 'changed').replace(/word\d+$/, 'ending'));
    difference(article(...before), article(...after));
    const began = performance.now();
    const rows = difference(article(...before), article(...after));
    expect(performance.now() - began).toBeLessThan(100);
    expect(counts(rows)).toEqual({ added: 200, removed: 200 });
  });
});

describe('marked', () => {
  it('a_quote_is_found_across_elements_and_entities', () => {
    expect(marked('<p>Fish &amp; <em>chips</em>\nare good.</p>', 'Fish & chips are')).toBe(
      '<p><mark class="place">Fish &amp; </mark><em><mark class="place">chips</mark></em><mark class="place">\nare</mark> good.</p>',
    );
  });

  it('a_quote_that_was_cut_short_is_found_by_what_there_is_of_it', () => {
    expect(marked('<p>It goes on and on.</p>', 'It goes…')).toBe('<p><mark class="place">It goes</mark> on and on.</p>');
  });

  it('a_quote_of_another_text_marks_nothing', () => {
    expect(marked('<p>Here.</p>', 'There')).toBeNull();
    expect(marked('<p>Here.</p>', ' … ')).toBeNull();
  });

  it('no_quote_makes_an_element', () => {
    expect(marked('<p>a &lt;b&gt; c</p>', '<b>')).toBe('<p>a <mark class="place">&lt;b&gt;</mark> c</p>');
  });
});

describe('unsourced', () => {
  it('a_paragraph_with_a_link_is_not_marked_and_its_neighbour_is', () => {
    const html = '<p>One <a href="https://a.example/">a</a>.</p>\n<p dir="ltr">Two.</p><ul><li>Three</li></ul>';
    expect(unsourced(html)).toBe('<p>One <a href="https://a.example/">a</a>.</p>\n<p class="unsourced" dir="ltr">Two.</p><ul><li>Three</li></ul>');
  });

  it('the_link_of_a_list_after_it_is_not_its_own', () => {
    expect(unsourced('<p>One</p><p>Two</p><a href="/x">x</a>')).toBe('<p class="unsourced">One</p><p class="unsourced">Two</p><a href="/x">x</a>');
  });
});

it('a_picture_without_its_address_is_still_counted_and_described', () => {
  const html = '<p>src="x" <img alt="a src=b" src="https://a.example/1.png" srcset="https://a.example/2.png 2x"></p>';
  expect(withoutPictures(html)).toBe('<p>src="x" <img alt="a src=b" data-src="https://a.example/1.png" data-srcset="https://a.example/2.png 2x"></p>');
  expect(pictures(withoutPictures(html))).toBe(1);
});
