import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { keys as list } from '../src/shell/keyList';

/** As a key is named in either list, without what stands between two of them. */
const NAMES = { arrows: '← ↑ ↓ →', 'Page Up': 'PgUp', 'Page Down': 'PgDn', 'Ctrl-K': 'Ctrl K', 'Ctrl-Enter': 'Ctrl Enter' };
const named = (text) => text.split(/, | {2}/).map((key) => NAMES[key] ?? key);

it('the_list_of_keys_in_the_console_and_the_one_in_its_document_have_the_same_keys', () => {
  const page = readFileSync(new URL('../../docs/console.md', import.meta.url), 'utf8');
  const table = /## Keys\n([\s\S]*?)\n## /.exec(page)[1];
  const rows = [...table.matchAll(/^\| (?!key |---)(.+?) \|/gm)].map(([, keys]) => keys.replaceAll('`', ''));
  const listed = list.rows.flatMap(([keys]) => named(keys));
  expect(rows.flatMap(named).toSorted()).toEqual(listed.toSorted());
});
