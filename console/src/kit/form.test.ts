import { expect, it } from 'vitest';

import { type FieldSpec, bodyOf, changesOf, differences, filled, inOneLine, unlike } from './form';

const FIELDS: FieldSpec[] = [
  { name: 'subject', label: 'Subject' },
  { name: 'display_name', label: 'Name', optional: 'optional' },
  { name: 'percent', label: 'Share', kind: 'number', optional: 'optional' },
  { name: 'four_eyes', label: 'Four eyes', kind: 'check' },
  { name: 'events', label: 'Events', kind: 'many', options: [['a', 'A'], ['b', 'B']] },
  { name: 'tenants_on', label: 'On for', kind: 'list' },
];

it('what_is_empty_and_may_be_is_left_to_its_default', () => {
  expect(bodyOf(FIELDS, filled(FIELDS, { subject: ' ann ' }))).toEqual({ subject: 'ann', four_eyes: false, events: [], tenants_on: [] });
});

it('what_must_be_said_is_sent_empty_so_that_the_api_names_it', () => {
  expect(bodyOf(FIELDS, filled(FIELDS))).toMatchObject({ subject: '' });
});

it('a_zero_is_said_and_what_is_no_number_is_left_to_the_api', () => {
  const percent = (typed: string) => bodyOf(FIELDS, { ...filled(FIELDS), percent: typed })['percent'];
  expect([percent('0'), percent('1e2'), percent('half'), percent('')]).toEqual([0, 100, 'half', undefined]);
});

it('words_are_apart_by_spaces_lines_or_commas', () => {
  expect(bodyOf(FIELDS, { ...filled(FIELDS), tenants_on: 'acme, other\nthird' })['tenants_on']).toEqual(['acme', 'other', 'third']);
});

it('a_line_is_a_link_whose_address_is_its_last_word', () => {
  const fields: FieldSpec[] = [{ name: 'links', label: 'Links', kind: 'links' }];
  const links = [{ label: 'About us', url: 'https://a.example/about' }, { label: 'Home', url: 'https://a.example/' }];
  const before = filled(fields, { links });
  expect(before['links']).toBe('About us https://a.example/about\nHome https://a.example/');
  expect(bodyOf(fields, before)).toEqual({ links });
  expect(bodyOf(fields, { links: ' \nHome\n' })).toEqual({ links: [{ label: '', url: 'Home' }] });
  expect(changesOf(fields, before, { links: '' })).toEqual({ links: [] });
  expect(inOneLine(links)).toBe('About us https://a.example/about, Home https://a.example/');
});

it('a_change_names_only_what_was_changed_and_empties_with_null', () => {
  const before = filled(FIELDS, { subject: 'ann', display_name: 'Ann', percent: 0, four_eyes: true, tenants_on: ['acme'] });
  expect(changesOf(FIELDS, before, before)).toEqual({});
  expect(changesOf(FIELDS, before, { ...before, display_name: '', four_eyes: false, tenants_on: '' })).toEqual({ display_name: null, four_eyes: false, tenants_on: [] });
});

it('a_day_lasts_until_it_is_over_where_one_lives', () => {
  const day: FieldSpec[] = [{ name: 'expires_at', label: 'Until', kind: 'day', optional: 'optional' }];
  const sent = bodyOf(day, { expires_at: '2027-01-31' })['expires_at'] as string;
  expect(new Date(sent).getTime()).toBe(new Date('2027-01-31T23:59:59').getTime());
  expect(bodyOf(day, { expires_at: 'soon' })).toEqual({ expires_at: 'soon' });
});

it('a_name_that_is_typed_twice_has_to_be_the_same_and_is_sent_once', () => {
  const fields: FieldSpec[] = [{ name: 'subject', label: 'Who' }, { name: 'again', label: 'Again', kind: 'again', of: 'subject' }];
  expect(unlike(fields, { subject: 'ann', again: 'anna' })).toEqual(['again']);
  expect(unlike(fields, { subject: 'ann', again: 'ann' })).toEqual([]);
  expect(bodyOf(fields, { subject: 'ann', again: 'ann' })).toEqual({ subject: 'ann' });
});

it('a_history_shows_what_differs_and_nothing_else', () => {
  expect(differences({ a: 1, b: [1], c: null }, { a: 2, b: [1] })).toEqual([{ name: 'a', before: 1, after: 2 }]);
  expect(differences(null, { tenants_on: [] })).toEqual([]);
  expect(differences(null, { enabled: false })).toEqual([{ name: 'enabled', before: null, after: false }]);
});
