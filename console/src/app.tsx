// The shell: who is here, where they are, and the page of that place. A page is one entry of `pages`.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

import { type Role, may } from './api/types';
import { Queue } from './pages/queue/Queue';
import { inbox, link } from './pages/queue/filters';
import { forget } from './pages/queue/list';
import { Review } from './pages/review/Review';
import { address, go, place } from './router';
import { SignIn } from './session/SignIn';
import { leave, me, session } from './session/session';
import { useKeys } from './shell/keys';
import { Palette, keysOpen, paletteOpen } from './shell/Palette';
import { online } from './shell/online';
import { otherTheme, theme } from './shell/theme';
import { en } from './strings';
import { lazy } from './ui/lazy';
import { Dialog, Empty, Key, Loading } from './ui/parts';
import { useTitle } from './ui/title';
import { Toasts } from './ui/toasts';

const Shortcuts = lazy(() => import('./shell/Shortcuts').then((module) => module.Shortcuts));
const Calendar = lazy(() => import('./pages/calendar/Calendar').then((module) => module.Calendar));
const Schedules = lazy(() => import('./pages/schedules/Schedules').then((module) => module.Schedules));
const Create = lazy(() => import('./pages/create/Create').then((module) => module.Create));
const Bulk = lazy(() => import('./pages/create/Bulk').then((module) => module.Bulk));
const Edit = lazy(() => import('./pages/edit/Edit').then((module) => module.Edit));
const Published = lazy(() => import('./pages/published/Published').then((module) => module.Published));
const Admin = lazy(() => import('./pages/admin/Admin').then((module) => module.Admin));
const Operate = lazy(() => import('./pages/operate/Operate').then((module) => module.Operate));

interface Page {
  title: string;
  least: Role | 'operator';
  body: () => ComponentChildren;
}

/** The page of an address; `null` where there is none. */
function pageOf(path: readonly string[]): Page | null {
  const [first, id, last] = path;
  if (first === undefined || (first === 'queue' && id === undefined)) return { title: en.queue.title, least: 'viewer', body: () => <Queue /> };
  if (first === 'tasks' && id && last === undefined) return { title: en.review.title, least: 'viewer', body: () => <Review key={id} id={id} /> };
  if (first === 'tasks' && id && last === 'edit') return { title: en.edit.title, least: 'author', body: () => <Edit key={id} id={id} /> };
  if (first === 'new' && id === undefined) return { title: en.nav.ask, least: 'author', body: () => <Create /> };
  if (first === 'new' && id === 'many' && last === undefined) return { title: en.nav.many, least: 'author', body: () => <Bulk /> };
  if (first === 'calendar' && id === undefined) return { title: en.nav.calendar, least: 'viewer', body: () => <Calendar /> };
  if (first === 'schedules' && (last === undefined || (last === 'edit' && id !== 'new' && path.length === 3))) {
    return { title: en.nav.schedules, least: id === 'new' || last === 'edit' ? 'editor' : 'viewer', body: () => <Schedules one={id} last={last} /> };
  }
  if (first === 'published' && id === undefined) return { title: en.nav.published, least: 'viewer', body: () => <Published /> };
  if (first === 'admin' && last === undefined) return areaPage(en.admin, id ?? 'people', 'admin', (page) => <Admin page={page} />);
  if (first === 'operate' && (last === undefined || WITH_ONE.includes(id ?? ''))) return areaPage(en.operate, id ?? 'health', 'operator', (page) => <Operate page={page} one={last} />);
  return null;
}

/** Pages of operators that have a page for each of what they list. */
const WITH_ONE = ['tenants', 'task'];

function areaPage<P extends string>(pages: Record<P, string>, name: string, least: Page['least'], body: (page: P) => ComponentChildren): Page | null {
  const isPage = (given: string): given is P => Object.hasOwn(pages, given);
  return isPage(name) ? { title: pages[name], least, body: () => body(name) } : null;
}

export function App() {
  const now = session.value;
  const who = me.value && `${me.value.tenant}/${me.value.subject}`;
  // Nothing of one person stays for the next, who may come where the session of the first has ended.
  useLayoutEffect(forget, [who]);
  if (now.state === 'coming') {
    return (
      <main class="outside">
        <Loading label={en.signIn.coming} />
      </main>
    );
  }
  if (now.state === 'out') {
    return (
      <main class="outside">
        <SignIn />
      </main>
    );
  }
  return (
    <>
      <Inside key={who} />
      {now.state === 'ended' && (
        <Dialog label={en.signIn.again}>
          <SignIn again="again" />
        </Dialog>
      )}
    </>
  );
}

function Inside() {
  const page = pageOf(place.value.path);
  const allowed = page !== null && may(me.value, page.least);
  useTitle(page?.title ?? en.problem.nowhere);
  useLayoutEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (document.querySelector('dialog[open]') === null) paletteOpen.value = true;
    };
    window.addEventListener('keydown', open);
    return () => window.removeEventListener('keydown', open);
  }, []);
  useKeys({
    '?': () => (keysOpen.value = true),
    'g q': () => go(address(['queue'])),
    ...(may(me.value, 'editor') ? { 'g i': () => go(link(inbox())) } : {}),
    'g c': () => go(address(['calendar'])),
    'g s': () => go(address(['schedules'])),
    'g p': () => go(address(['published'])),
    ...(may(me.value, 'author') ? { n: () => go(address(['new'])) } : {}),
    ...(may(me.value, 'admin') ? { 'g a': () => go(address(['admin'])) } : {}),
    ...(may(me.value, 'operator') ? { 'g o': () => go(address(['operate'])) } : {}),
  });
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>{en.nav.skip}</a>
      <Top />
      {!online.value && <p class="notice notice-wants offline" role="alert">{en.shell.offline}</p>}
      <main id="main" tabIndex={-1}>
        {allowed ? page.body() : <Empty title={page ? en.problem.role : en.problem.nowhere} hint="" whole="whole" />}
      </main>
      {paletteOpen.value && <Palette />}
      {keysOpen.value && <Shortcuts />}
      <Toasts />
    </>
  );
}

function Top() {
  const here = place.value.path[0] ?? 'queue';
  const entry = (name: string, label: string, least: Page['least']) =>
    may(me.value, least) && (
      <a href={address([name])} aria-current={here === name || (name === 'queue' && here === 'tasks') ? 'page' : undefined}>{label}</a>
    );
  const who = me.value;
  return (
    <header class="top">
      <a class="mark" href="#/queue">{en.name}</a>
      <nav class="top-nav" aria-label={en.name}>
        {entry('queue', en.nav.queue, 'viewer')}
        {entry('calendar', en.nav.calendar, 'viewer')}
        {entry('schedules', en.nav.schedules, 'viewer')}
        {entry('published', en.nav.published, 'viewer')}
        {entry('new', en.nav.ask, 'author')}
        {entry('admin', en.nav.admin, 'admin')}
        {entry('operate', en.nav.operate, 'operator')}
      </nav>
      <div class="top-side">
        <button type="button" class="button button-quiet" onClick={() => (paletteOpen.value = true)} aria-keyshortcuts="Control+K">
          {en.shell.palette} <Key of="Ctrl K" />
        </button>
        <button type="button" class="icon-button" onClick={otherTheme} aria-label={en.shell.theme[theme.value]} title={en.shell.theme[theme.value]}>
          {theme.value === 'dark' ? '☀' : '☾'}
        </button>
        {who && <span class="who" title={en.shell.account(who.subject, who.role, who.tenant)}>{who.subject}<span class="muted">{who.role}</span></span>}
        <button type="button" class="button button-quiet" onClick={() => void leave()}>{en.shell.signOut}</button>
      </div>
    </header>
  );
}
