import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const storage = new Map<string, string>();
const asked: string[] = [];
/** What the API answers, by path, in order; the last stands for all that follow. */
let answers: Record<string, (() => Promise<Response>)[]> = {};
const answer = (status: number, body: unknown = {}) => () => Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
const lost = () => Promise.reject(new TypeError('no network'));
const token = (name: string) => answer(200, { access_token: name });

beforeEach(() => {
  storage.clear();
  asked.length = 0;
  vi.resetModules();
  vi.stubGlobal('localStorage', {
    get length() {
      return storage.size;
    },
    key: (at: number) => [...storage.keys()][at] ?? null,
    getItem: (name: string) => storage.get(name) ?? null,
    setItem: (name: string, value: string) => void storage.set(name, value),
    removeItem: (name: string) => void storage.delete(name),
  });
  vi.stubGlobal('navigator', { locks: { request: (_: string, act: () => unknown) => act() } });
  vi.stubGlobal('fetch', (path: string, { headers }: { headers: Record<string, string> }) => {
    asked.push(`${path} ${headers['Authorization'] ?? ''}`.trim());
    const next = answers[path] ?? [];
    return ((next.length > 1 ? next.shift() : next[0]) ?? answer(500))();
  });
});
afterEach(() => vi.unstubAllGlobals());

/** Somebody who signed in with this browser, with the token `one`. */
async function signedIn(more: typeof answers) {
  storage.set('galley.signed-in', '1');
  answers = { '/api/auth/session': [token('one')], '/api/auth/me': [answer(200, { subject: 'ana', role: 'editor' })] };
  const module = await import('./session');
  await module.resume();
  expect(module.me.value?.subject).toBe('ana');
  asked.length = 0;
  answers = more;
  return module;
}

it('signing_out_with_a_token_that_has_ended_still_ends_the_session', async () => {
  const { leave, stillSignedIn } = await signedIn({ '/api/auth/logout': [answer(401), answer(204)], '/api/auth/session': [token('two')] });
  await leave();
  expect(asked).toEqual(['/api/auth/logout Bearer one', '/api/auth/session', '/api/auth/logout Bearer two']);
  expect(stillSignedIn.value).toBe(false);
});

it('a_session_that_could_not_be_ended_is_told_and_can_be_ended_after_all', async () => {
  const { leave, end, stillSignedIn, session } = await signedIn({ '/api/auth/logout': [lost, answer(204)], '/api/auth/session': [token('two')] });
  await leave();
  expect([session.value.state, stillSignedIn.value]).toEqual(['out', true]);
  await end(null);
  expect(stillSignedIn.value).toBe(false);
});

it('a_session_that_is_over_already_has_nothing_to_end', async () => {
  const { leave, stillSignedIn } = await signedIn({ '/api/auth/logout': [answer(403)], '/api/auth/session': [answer(401)] });
  await leave();
  expect(stillSignedIn.value).toBe(false);
});

it('a_token_that_arrives_after_somebody_signed_out_is_nobodys', async () => {
  let arrive = (_: Response) => {};
  const late = () => new Promise<Response>((done) => (arrive = done));
  const { renew, leave, credential } = await signedIn({ '/api/auth/session': [late], '/api/auth/logout': [answer(204)] });
  const renewal = renew('one');
  await leave();
  arrive(await token('two')());
  expect([await renewal, credential()]).toEqual([false, null]);
});

it('a_key_is_neither_renewed_nor_logged_out', async () => {
  answers = { '/api/auth/me': [answer(200, { subject: 'ana', role: 'editor' })] };
  const { enter, renew, leave } = await import('./session');
  expect(await enter('a-key')).toBe(true);
  expect(await renew('a-key')).toBe(false);
  await leave();
  expect(asked).toEqual(['/api/auth/me Bearer a-key']);
});
