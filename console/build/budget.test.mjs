import { expect, it } from 'vitest';

import { overBudget, weigh } from './budget.mjs';

const KB = 1000;
const pages = { 'src/pages/edit/Edit.tsx': 'assets/edit.js', 'src/pages/keys/Keys.tsx': 'assets/keys.js' };
const manifest = {
  'index.html': { file: 'assets/index.js', css: ['assets/index.css'], imports: ['_shared.js'], dynamicImports: Object.keys(pages) },
  '_shared.js': { file: 'assets/shared.js' },
  'src/pages/edit/Edit.tsx': { file: 'assets/edit.js', imports: ['_shared.js', 'index.html'], dynamicImports: ['src/editor.ts'] },
  'src/editor.ts': { file: 'assets/editor.js' },
  'src/pages/keys/Keys.tsx': { file: 'assets/keys.js', css: ['assets/keys.css'], imports: ['index.html', '_shared.js'] },
};
const sizes = (more = {}) =>
  new Map(
    Object.entries({
      'index.html': 1,
      'assets/index.js': 40,
      'assets/index.css': 5,
      'assets/shared.js': 4,
      'assets/edit.js': 8,
      'assets/editor.js': 70,
      'assets/keys.js': 12,
      'assets/keys.css': 1,
      ...more,
    }).map(([name, size]) => [name, size * KB]),
  );
const weighed = (more) => weigh(manifest, ['index.html', 'assets/index.js', 'assets/index.css'], sizes(more));

it('a_page_that_an_editor_never_opens_takes_no_room_from_them', () => {
  expect(weighed().pages.map(({ name, size }) => [name, size / KB])).toEqual([
    ['first load', 50],
    ['first load, review and editor', 128],
    ['Keys', 13],
  ]);
  expect(overBudget(weighed())).toEqual([]);
});

it('each_budget_fails_the_build_by_its_own_name', () => {
  expect(overBudget(weighed({ 'assets/keys.css': 14 }))).toEqual(['over the budget: Keys has 26.0 of 25 kB']);
  expect(overBudget(weighed({ 'assets/editor.js': 73 }))).toEqual(['over the budget: first load, review and editor has 131.0 of 130 kB']);
  expect(overBudget(weighed({ 'assets/shared.js': 15, 'assets/editor.js': 50 }))).toEqual(['over the budget: first load has 61.0 of 60 kB']);
});

it('no_file_escapes_the_budgets', () => {
  expect(overBudget(weighed({ 'assets/stray.js': 1 }))).toEqual(['no page counts assets/stray.js']);
});
