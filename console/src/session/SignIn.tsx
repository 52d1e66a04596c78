// The way in: a key, or, on one's own machine, a development role.
import { useEffect, useState } from 'preact/hooks';

import { en } from '../strings';
import { Field } from '../ui/parts';
import { rememberPlace } from './browser';
import { localPass } from './local';
import { end, enter, stillSignedIn } from './session';

export function SignIn({ again = 'first' }: { again?: 'first' | 'again' }) {
  const [key, setKey] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const local = useLocalRoles();
  const begin = async (given: string) => {
    setBusy(true);
    setError(null);
    try {
      if (!(await enter(given.trim()))) setError(en.signIn.unknown);
    } catch {
      setError(en.signIn.failed);
    }
    setBusy(false);
  };
  return (
    <div class="sign-in">
      <h1>{again === 'again' ? en.signIn.again : en.signIn.title}</h1>
      <p class="muted">{again === 'again' ? en.signIn.againLead : en.signIn.lead}</p>
      {stillSignedIn.value && (
        <div class="trouble" role="alert">
          <p>{en.signIn.still}</p>
          <button type="button" class="button" onClick={() => void end(null)}>{en.problem.retry}</button>
        </div>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void begin(key);
        }}
      >
        <Field id="key" label={en.signIn.key} hint={en.signIn.keyHint} error={error ?? undefined}>
          <input
            id="key"
            type="password"
            autoComplete="off"
            spellcheck={false}
            required
            autoFocus
            aria-describedby="key-says"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </Field>
        <button type="submit" class="button button-primary button-wide" disabled={busy}>{en.signIn.enter}</button>
      </form>
      <WithGithub />
      {local.length > 0 && (
        <section class="local-roles" aria-label={en.signIn.local}>
          <h2>{en.signIn.local}</h2>
          <div class="local-roles-buttons">
            {local.map(([role, given]) => (
              <button key={role} type="button" class="button" disabled={busy} onClick={() => void begin(given)}>{en.signIn.as(role)}</button>
            ))}
          </div>
        </section>
      )}
    </div>
  );
}

/** Where the API says that it is set up. */
function WithGithub() {
  const [start, setStart] = useState<string | null>(null);
  const [tenant, setTenant] = useState('');
  useEffect(() => {
    fetch('/', { headers: { Accept: 'application/json' } })
      .then((response) => response.json())
      .then(({ github }: { github?: unknown }) => setStart(typeof github === 'string' ? github : null))
      .catch(() => undefined);
  }, []);
  if (start === null) return null;
  return (
    <form
      class="with-github"
      onSubmit={(event) => {
        event.preventDefault();
        rememberPlace();
        location.assign(`${start}?${new URLSearchParams({ tenant: tenant.trim(), then: 'console' }).toString()}`);
      }}
    >
      <Field id="tenant" label={en.signIn.tenant} hint={en.signIn.tenantHint}>
        <input id="tenant" required pattern="[a-z0-9\-]{1,64}" autoComplete="organization" aria-describedby="tenant-says" value={tenant} onInput={(event) => setTenant(event.currentTarget.value)} />
      </Field>
      <button type="submit" class="button button-wide">{en.signIn.github}</button>
    </form>
  );
}

const ORDER = ['viewer', 'author', 'editor', 'admin', 'operator'];

/** The development keys. Only the stack on one's own machine hands them out, to whoever came by the address that it printed. */
function useLocalRoles(): [string, string][] {
  const [roles, setRoles] = useState<[string, string][]>([]);
  const pass = localPass.value;
  useEffect(() => {
    if (pass === null) return;
    fetch('/local/keys', { cache: 'no-store', headers: { Authorization: `Bearer ${pass}` } })
      .then((response) => (response.ok ? response.json() : {}))
      .then((keys: Record<string, unknown>) => {
        const known = ORDER.flatMap((role): [string, string][] => (typeof keys[role] === 'string' ? [[role, keys[role]]] : []));
        setRoles(known);
      })
      .catch(() => undefined);
  }, [pass]);
  return roles;
}
