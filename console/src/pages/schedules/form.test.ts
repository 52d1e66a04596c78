import { expect, it } from 'vitest';

import type { Schedule, Task } from '../../api/types';
import { type Values, filled } from '../../kit/form';
import { allFields, changesOf, groupsOf, known, likeTask, newSchedule, takesOver, usual } from './form';

const begun = (more: Values = {}): Values => ({ ...filled(allFields(true), usual('Europe/Berlin')), ...more });
const fieldsOf = (values: Values, mayPublish = false) => groupsOf(values, ['UTC', 'Europe/Berlin'], mayPublish).flatMap(({ fields }) => fields);
const made = (more: Values) => newSchedule(fieldsOf(begun(more)), begun(more));

it('a_field_is_called_as_the_place_at_which_the_api_says_what_is_wrong', () => {
  const names = fieldsOf(begun()).map(({ name }) => name);
  for (const name of ['name', 'request.topic', 'rule.weekdays', 'rule.at', 'topics', 'max_cost_usd_per_month']) expect(names).toContain(name);
  expect(new Set(names).size).toBe(names.length);
});

it('a_rule_has_the_fields_of_its_repeat_and_no_others', () => {
  const rule = (more: Values) => made(more).rule as object;
  expect(rule({})).toEqual({ repeat: 'weekly', weekdays: ['mon'], at: '09:00', zone: 'Europe/Berlin' });
  expect(rule({ 'rule.repeat': 'monthly', 'rule.day': '31' })).toEqual({ repeat: 'monthly', day: 31, at: '09:00', zone: 'Europe/Berlin' });
  // What was typed for another repeat is not sent.
  expect(rule({ 'rule.repeat': 'once', 'rule.date': '2026-12-24', 'rule.end': '2027-01-01', 'rule.count': '3' })).toEqual({ repeat: 'once', date: '2026-12-24', at: '09:00', zone: 'Europe/Berlin' });
  expect(rule({ 'rule.repeat': 'daily', 'rule.except': '2026-12-24, 2026-12-25' })).toMatchObject({ except: ['2026-12-24', '2026-12-25'] });
});

it('what_must_be_said_and_is_not_is_sent_so_that_the_api_names_it', () => {
  expect(made({ 'rule.at': '', 'rule.weekdays': [] })).toMatchObject({ name: '', request: { topic: '' }, rule: { repeat: 'weekly', at: '' } });
  expect(made({ 'rule.weekdays': [] }).rule).not.toHaveProperty('weekdays');
});

it('topics_are_lines_and_tags_are_apart_by_commas', () => {
  const all = made({ name: 'Series', 'request.topic': '{{topic}}, part {{part}}', topics: ' How caches work \n\n What a proxy keeps, and why', 'request.tags': 'http, web caches' });
  expect(all.topics).toEqual(['How caches work', 'What a proxy keeps, and why']);
  expect(all.request).toMatchObject({ topic: '{{topic}}, part {{part}}', tags: ['http', 'web caches'], target_length: 1500 });
  expect(all).not.toHaveProperty('max_cost_usd');
});

it('only_whoever_may_publish_without_a_person_is_asked_about_it', () => {
  const names = (mayPublish: boolean) => fieldsOf(begun(), mayPublish).map(({ name }) => name);
  expect([names(false).includes('request.publish_mode'), names(true).includes('request.publish_mode')]).toEqual([false, true]);
});

const SCHEDULE = {
  name: 'Weekly news', owner: 'ann', missed: 'skip', overlap: 'skip', max_cost_usd: '0.50', max_cost_usd_per_month: null, topics: [],
  rule: { repeat: 'weekly', weekdays: ['mon'], at: '09:00', zone: 'Europe/Berlin', start: '2026-11-28' },
  request: { topic: 'News of {{week}}', target_length: 800, callback_url: 'https://hooks.example.com', publish_mode: 'publish' },
} as unknown as Schedule;

function changed(more: Values) {
  const before = filled(allFields(false), known(SCHEDULE));
  const values = { ...before, ...more };
  return changesOf(SCHEDULE, fieldsOf(values), before, values);
}

it('only_what_was_changed_is_sent', () => {
  expect(changed({})).toEqual({});
  expect(changed({ name: 'News' })).toEqual({ name: 'News' });
  expect(changed({ max_cost_usd: '' })).toEqual({ max_cost_usd: null });
  expect(changed({ 'rule.at': '10:00' })).toEqual({ rule: { repeat: 'weekly', weekdays: ['mon'], at: '10:00', zone: 'Europe/Berlin', start: '2026-11-28' } });
  expect(changed({ 'rule.repeat': 'daily' })).toEqual({ rule: { repeat: 'daily', at: '09:00', zone: 'Europe/Berlin', start: '2026-11-28' } });
});

it('what_the_form_does_not_show_of_a_request_stays_as_it_is', () => {
  expect(changed({ 'request.target_length': '900' }).request).toMatchObject({ topic: 'News of {{week}}', target_length: 900, callback_url: 'https://hooks.example.com', publish_mode: 'publish' });
});

it('a_schedule_like_a_task_asks_for_what_the_task_was_asked_for_with', () => {
  const task = { topic: 'How caches work', task_type: 'newsletter', target_length: 400, language: null, style: 'narrative', tone: 'casual', tags: ['http'], max_cost_usd: '0.25', quality_preference: 'fast', generate_featured_image: false } as unknown as Task;
  const values = filled(allFields(false), likeTask(task, 'UTC'));
  expect(newSchedule(fieldsOf(values), values)).toMatchObject({
    name: 'How caches work', max_cost_usd: '0.25', rule: { repeat: 'weekly', zone: 'UTC' },
    request: { topic: 'How caches work', task_type: 'newsletter', target_length: 400, style: 'narrative', tags: ['http'], generate_featured_image: false },
  });
});

it('a_name_alone_makes_nobody_its_owner', () => {
  expect([takesOver({ name: 'News' }), takesOver({ name: 'News', overlap: 'allow' }), takesOver({})]).toEqual([false, true, false]);
});
