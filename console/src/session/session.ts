// Who uses the console. A pasted key is kept in memory alone, and is gone with the page. Somebody who signed in has a cookie that
// no script reads, and here a token for fifteen minutes.
import { computed, signal } from '@preact/signals';

import type { Me } from '../api/types';
import { forgetAll } from '../pages/edit/kept';
import { forgetSignedIn, isSignedIn, renewed } from './browser';

type Session =
  | { state: 'out' }
  /** It is being asked whether this browser is signed in. */
  | { state: 'coming' }
  /** The credential ended while somebody worked: the page stays, and asks for another. */
  | { state: 'ended'; me: Me }
  | { state: 'in'; me: Me };

/** What is sent with each request. A key is not renewed, a token is. */
type Credential = { bearer: string; kind: 'key' | 'token' };

let held: Credential | null = null;
/** Raised when somebody comes or goes: what was asked for before is not theirs. */
let visit = 0;

export const session = signal<Session>({ state: 'out' });
export const me = computed<Me | null>(() => ('me' in session.value ? session.value.me : null));

export function credential(): string | null {
  return held?.bearer ?? null;
}

/** Asks who the bearer is, and lets them in. `false`: it is nobody's. */
async function letIn(credential: Credential): Promise<boolean> {
  const response = await fetch('/api/auth/me', { headers: { Authorization: `Bearer ${credential.bearer}` }, cache: 'no-store' });
  if (response.status === 401 || response.status === 403) return false;
  if (!response.ok) throw new Error(String(response.status));
  held = credential;
  visit += 1;
  stillSignedIn.value = false;
  session.value = { state: 'in', me: (await response.json()) as Me };
  return true;
}

export function enter(key: string): Promise<boolean> {
  return letIn({ bearer: key, kind: 'key' });
}

/** Lets somebody in who has signed in with this browser before. */
export async function resume(): Promise<void> {
  if (!isSignedIn()) return;
  session.value = { state: 'coming' };
  const bearer = await renewed().catch(() => null);
  const back = bearer !== null && (await letIn({ bearer, kind: 'token' }).catch(() => false));
  if (!back) session.value = { state: 'out' };
}

/** A token in the place of one that has ended. `false`: there is none to be had. */
export async function renew(ended: string | null): Promise<boolean> {
  if (held?.kind !== 'token') return false;
  // Another request has renewed it already.
  if (held.bearer !== ended) return true;
  const began = visit;
  const bearer = await renewed().catch(() => null);
  // Whoever asked may have signed out meanwhile, and stays so.
  if (bearer === null || visit !== began) return false;
  held = { bearer, kind: 'token' };
  return true;
}

export function expired(): void {
  if (session.value.state === 'in') session.value = { state: 'ended', me: session.value.me };
}

/** Whether somebody signed out here whose session the API could not be told to end. */
export const stillSignedIn = signal(false);

/** Signs out. Texts that were kept on this device go, too. */
export async function leave(): Promise<void> {
  const credential = held;
  held = null;
  visit += 1;
  forgetAll(localStorage);
  forgetSignedIn();
  session.value = { state: 'out' };
  if (credential?.kind === 'token') await end(credential.bearer);
}

/** Ends the session of this browser's cookie. Without a bearer that works, or with one that has ended, it gets another first. */
export async function end(bearer: string | null): Promise<void> {
  const began = visit;
  const ended = await ends(bearer).catch(() => false);
  if (visit === began) stillSignedIn.value = !ended;
}

async function ends(bearer: string | null): Promise<boolean> {
  const status = bearer === null ? 401 : await logout(bearer);
  if (status !== 401 && status !== 403) return status < 300;
  const fresh = await renewed();
  // The cookie is of no session any more.
  return fresh === null || (await logout(fresh)) < 300;
}

async function logout(bearer: string): Promise<number> {
  const headers = { Authorization: `Bearer ${bearer}` };
  // It is sent even if the page is closed at once.
  const response = await fetch('/api/auth/logout', { method: 'POST', headers, keepalive: true });
  return response.status;
}
