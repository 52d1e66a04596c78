// The session of a browser whose refresh token is in a cookie. Tabs share the cookie, and one of them renews at a time: a refresh
// token works once.
const SIGNED_IN = 'galley.signed-in';

function storage(act: (storage: Storage) => string | null | void): string | null {
  try {
    return act(localStorage) ?? null;
  } catch {
    return null;
  }
}

/** Whether it is worth asking. The cookie itself cannot be seen. */
export function isSignedIn(): boolean {
  return storage((kept) => kept.getItem(SIGNED_IN)) !== null;
}

export function rememberSignedIn(): void {
  storage((kept) => kept.setItem(SIGNED_IN, '1'));
}

export function forgetSignedIn(): void {
  storage((kept) => kept.removeItem(SIGNED_IN));
}

const PLACE = 'galley.place';

/** Keeps where somebody was, for when they come back from signing in elsewhere: in this tab alone. */
export function rememberPlace(): void {
  try {
    sessionStorage.setItem(PLACE, location.hash);
  } catch {
    // Without storage they come back to the queue.
  }
}

/** Where somebody was who has just signed in; once. */
export function takePlace(): string | null {
  try {
    const place = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    return place !== null && place.startsWith('#/') ? place : null;
  } catch {
    return null;
  }
}

/** A new token; `null` if the browser is signed in no more. */
export async function renewed(): Promise<string | null> {
  return await navigator.locks.request('galley.renew', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch('/api/auth/session', { method: 'POST', headers, body: '{"grant_type":"refresh_token"}', cache: 'no-store' });
    if (response.status === 401 || response.status === 403 || response.status === 404) {
      forgetSignedIn();
      return null;
    }
    if (!response.ok) throw new Error(String(response.status));
    const { access_token: token } = (await response.json()) as { access_token: string };
    return token;
  });
}
