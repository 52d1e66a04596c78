// Puts what was built where functions/console embeds it, compressed in two ways, so that the function compresses nothing.
// Fails where the budgets of the console are exceeded.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { overBudget, weigh } from './budget.mjs';

const dist = new URL('../dist/', import.meta.url).pathname;
const embedded = new URL('../../functions/console/built/', import.meta.url).pathname;
const KB = 1000;

const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));
const files = readdirSync(dist, { recursive: true }).filter((name) => !name.startsWith('.vite') && statSync(join(dist, name)).isFile());
const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
const sizes = new Map();
const compressed = files.map((name) => {
  const bytes = readFileSync(join(dist, name));
  const gzip = gzipSync(bytes, { level: 9 });
  sizes.set(name, gzip.length);
  return { name, bytes, gzip, brotli: brotliCompressSync(bytes, { params: quality }) };
});

const page = readFileSync(join(dist, 'index.html'), 'utf8');
const onPage = ['index.html', ...[...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((found) => found[1])];
const weighed = weigh(manifest, onPage, sizes);
console.log('compressed by gzip, in kB:');
for (const { name, size, most } of weighed.pages) console.log(`  ${name}: ${(size / KB).toFixed(1)} of ${most / KB}`);
const wrong = overBudget(weighed);
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}

// What an earlier build left goes; the page comes last, so that a build that broke off is none.
for (const old of ['index.html', 'assets']) rmSync(join(embedded, old), { recursive: true, force: true });
mkdirSync(join(embedded, 'assets'), { recursive: true });
for (const { name, gzip, brotli } of compressed.filter(({ name }) => name.startsWith('assets/'))) {
  writeFileSync(join(embedded, `${name}.gz`), gzip);
  writeFileSync(join(embedded, `${name}.br`), brotli);
}
writeFileSync(join(embedded, 'index.html'), page);
