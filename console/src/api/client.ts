// The one way to the API. Adds the credential, waits where the API says to wait, and turns every refusal into a `Problem`.
import createClient from 'openapi-fetch';

import { credential, expired, renew } from '../session/session';
import { answers } from './answers';
import { offline, problemOf } from './problem';
import type { paths } from './schema';

/** A request that is counted in a full window is sent again when the next one begins, if that is this soon. */
const PATIENCE_S = 65;
const TRIES = 3;

/** Whether the gateway refused the credential; a function that refuses a role answers with a problem. */
function isOver(response: Response): boolean {
  const gateway = !(response.headers.get('Content-Type') ?? '').startsWith('application/problem+json');
  return gateway && (response.status === 401 || response.status === 403);
}

async function send(request: Request): Promise<Response> {
  for (let tried = 1, renewals = 0; ; tried += 1) {
    const attempt = request.clone();
    const bearer = credential();
    if (bearer !== null) attempt.headers.set('Authorization', `Bearer ${bearer}`);
    let response: Response;
    try {
      response = await fetch(attempt);
      answers.value = true;
    } catch (error) {
      if (request.signal.aborted) throw error;
      answers.value = false;
      throw offline();
    }
    if (isOver(response) && renewals === 0) {
      renewals += 1;
      if (await renew(bearer)) continue;
    }
    if (request.method === 'GET') note(response);
    const wait = Number(response.headers.get('Retry-After') ?? '1');
    if (response.status !== 429 || tried === TRIES || !(wait <= PATIENCE_S)) return response;
    await new Promise((done) => setTimeout(done, wait * 1000));
  }
}

/** Reads that are left in the caller's minute, as the last answer said. */
let left = 0;
const PLENTY = 100;

function note(response: Response): void {
  const said = /;r=(\d+)/.exec(response.headers.get('RateLimit') ?? '');
  if (said && response.url.includes('/api/content/')) left = Number(said[1]);
}

/** How often to ask for what may have changed: `often` where the caller's window of reads allows it. */
export function pace(often: number, seldom: number): number {
  return left > PLENTY ? often : seldom;
}

/** Several values of a parameter have commas between them, as the API's document says. */
const querySerializer = { array: { style: 'form', explode: false } } as const;

export const api = createClient<paths>({ baseUrl: '/', cache: 'no-store', fetch: send, querySerializer });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer, or its problem thrown. */
export async function body<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  const problem = problemOf(response.status, error);
  // The gateway's own refusal of a credential has no type; that of a function is about a role.
  if (problem.kind === '' && (response.status === 401 || response.status === 403)) expired();
  throw problem;
}
