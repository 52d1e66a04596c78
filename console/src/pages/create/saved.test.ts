import { expect, it } from 'vitest';

import { forgetRequest, readSaved, saveRequest } from './saved';

const memory = (first: Record<string, string> = {}) => {
  const all = new Map(Object.entries(first));
  return { getItem: (name: string) => all.get(name) ?? null, setItem: (name: string, value: string) => void all.set(name, value) } as unknown as Storage;
};
const usual = { topic: '', image: true };

it('one_persons_saved_requests_are_not_offered_to_another', () => {
  const storage = memory();
  saveRequest(storage, 'ana', [], { name: 'Caching', form: { topic: 'Caching', image: false } });
  expect(readSaved(storage, 'ben', usual)).toEqual([]);
  expect(readSaved(storage, 'ana', usual)).toEqual([{ name: 'Caching', form: { topic: 'Caching', image: false } }]);
});

it('what_is_no_request_of_ours_fills_no_field', () => {
  for (const text of ['', '{', 'null', '7', '[null,7,{"form":{}}]', '{"name":"x"}']) {
    expect(readSaved(memory({ 'galley.requests.ana': text }), 'ana', usual), text).toEqual([]);
  }
  const odd = memory({ 'galley.requests.ana': '[{"name":"x","form":{"topic":7,"other":1}}]' });
  expect(readSaved(odd, 'ana', usual)).toEqual([{ name: 'x', form: usual }]);
});

it('a_request_of_the_same_name_is_replaced_the_oldest_goes_and_one_can_be_forgotten', () => {
  const storage = memory();
  let all = saveRequest(storage, 'ana', [], { name: 'first', form: usual });
  for (let n = 0; n < 20; n += 1) all = saveRequest(storage, 'ana', all, { name: `n${n}`, form: usual });
  all = saveRequest(storage, 'ana', all, { name: 'n3', form: { ...usual, topic: 'new' } });
  expect([all.length, all[0]?.form.topic, all.some((one) => one.name === 'first')]).toEqual([20, 'new', false]);
  expect(forgetRequest(storage, 'ana', all, 'n3').length).toBe(19);
  expect(readSaved(storage, 'ana', usual).length).toBe(19);
});
