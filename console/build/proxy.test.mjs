import { createServer as createStack } from 'node:http';

import { afterAll, beforeAll, expect, it } from 'vitest';

let stack, served, address;
const origins = [];

beforeAll(async () => {
  stack = createStack((request, response) => {
    origins.push(request.headers.origin);
    response.end();
  });
  await new Promise((done) => stack.listen(0, '127.0.0.1', done));
  process.env['STACK'] = `http://127.0.0.1:${stack.address().port}`;
  const { createServer } = await import('vite');
  const root = new URL('..', import.meta.url).pathname;
  const optimizeDeps = { noDiscovery: true, include: [] };
  served = await createServer({ root, configFile: `${root}vite.config.ts`, logLevel: 'silent', optimizeDeps, server: { host: '127.0.0.1', port: 0, watch: null } });
  await served.listen();
  address = `http://127.0.0.1:${served.httpServer.address().port}`;
});
afterAll(async () => {
  await served.close();
  stack.close();
});

async function asked(origin) {
  await fetch(`${address}/api/content/tasks`, { method: 'POST', body: '{}', headers: origin === undefined ? {} : { Origin: origin } });
  return origins.pop();
}

it('a_request_of_the_page_that_is_worked_on_reaches_the_stack_as_one_of_its_own_pages', async () => {
  expect(await asked(address)).toBe(process.env['STACK']);
});

it('a_request_of_any_other_page_stays_one', async () => {
  expect(await asked('http://elsewhere.example')).toBe('http://elsewhere.example');
  expect(await asked(undefined)).toBeUndefined();
});
