// Where articles are published to.
import { api, body } from '../../api/client';
import { told } from '../../api/problem';
import type { Bodies, Target } from '../../api/types';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import type { FieldSpec } from '../../kit/form';
import { List, useList } from '../../kit/List';
import { en } from '../../strings';
import { useAttempt, useOnce } from '../../ui/once';
import type { Page } from '../../ui/pages';
import { Moment } from '../../ui/parts';
import { say } from '../../ui/toasts';
import { admin } from './strings';

const words = admin.targets;
const FIELDS: FieldSpec[] = [
  { name: 'name', label: words.name, hint: words.nameHint },
  { name: 'url', label: words.url, hint: words.urlHint, more: { inputMode: 'url' } },
  // What the API says of a user name, it says of the settings that it is in.
  { name: 'settings', label: words.username, hint: words.usernameHint },
  { name: 'secret', label: words.secret, hint: words.secretHint, kind: 'secret' },
  { name: 'default_for', label: words.defaults, kind: 'many', options: Object.entries(en.type) },
];

/** What is said of a repository, by its place in the request. */
const OF_REPOSITORY: FieldSpec[] = [
  { name: 'settings.forge', label: words.forge, kind: 'choice', options: Object.entries(words.forges) },
  { name: 'settings.repository', label: words.repository, hint: words.repositoryHint },
  { name: 'settings.preset', label: words.preset, kind: 'choice', options: Object.entries(words.presets) },
  { name: 'settings.branch', label: words.branch, hint: words.branchHint, optional: 'optional' },
  { name: 'settings.directory', label: words.directory, hint: words.directoryHint, optional: 'optional' },
  { name: 'settings.author', label: words.author, hint: words.authorHint, optional: 'optional' },
  { name: 'settings.site_url', label: words.siteUrl, hint: words.siteUrlHint, optional: 'optional', more: { inputMode: 'url' } },
  { name: 'settings.pull_request', label: words.pullRequest, hint: words.pullRequestHint, kind: 'check' },
];
const REPOSITORY: FieldSpec[] = FIELDS.flatMap((field) => {
  if (field.name === 'url') return [{ ...field, hint: words.apiHint }];
  if (field.name === 'settings') return OF_REPOSITORY;
  return [field.name === 'secret' ? { ...field, label: words.token } : field];
});
const USUAL = { url: 'https://api.github.com', 'settings.forge': 'github', 'settings.preset': 'hugo' };

type TargetForm = Omit<Bodies['TargetRequest'], 'settings'> & { settings: string };
type RepositoryForm = Omit<Bodies['TargetRequest'], 'settings'>;

/** The settings are a thing of their own, whose fields were asked for by their places. */
function settingsOf(form: object): Bodies['TargetRequest']['settings'] {
  const of = Object.entries(form).filter(([name]) => name.startsWith('settings.'));
  return { kind: 'git', ...Object.fromEntries(of.map(([name, value]) => [name.slice('settings.'.length), value])) } as Bodies['TargetRequest']['settings'];
}

export function Targets() {
  const list = useList<Target>(() => body(api.GET('/api/admin/targets')) as Promise<Page<Target>>);
  const [dialog, ask] = useAsk();
  const [busy, once] = useOnce();
  const attempt = useAttempt();
  const send = async (asked: Bodies['TargetRequest'], key: string) => {
    await body(api.POST('/api/admin/targets', { params: { header: { 'Idempotency-Key': key } }, body: asked }));
    say(words.made(asked.name));
    list.reload();
  };
  const make = () =>
    ask<TargetForm>({
      title: words.make,
      lead: words.makeLead,
      fields: FIELDS,
      send: words.send,
      act: ({ settings, ...rest }, key) => send({ ...rest, settings: { kind: 'wordpress', username: settings } }, key),
    });
  const connect = () =>
    ask<RepositoryForm>({
      title: words.connect,
      lead: words.connectLead,
      fields: REPOSITORY,
      values: USUAL,
      send: words.send,
      act: (form, key) => {
        const { name, url, secret, default_for } = form;
        return send({ name, url, secret, default_for, settings: settingsOf(form) } as Bodies['TargetRequest'], key);
      },
    });
  const set = async ({ name }: Target, paused: boolean) => {
    await body(api.PATCH('/api/admin/targets/{target}', { params: { path: { target: name } }, body: { paused } }));
    say(paused ? words.isPaused(name) : words.isResumed(name));
    list.reload();
  };
  const here = (act: () => Promise<void>) => void once(() => act().catch((error: unknown) => list.setProblem(told(error))));
  const test = ({ name }: Target) =>
    here(async () => {
      const params = { path: { target: name }, header: { 'Idempotency-Key': attempt.keyFor(name) } };
      const seen = await body(api.POST('/api/admin/targets/{target}/test', { params }));
      attempt.done();
      say(seen.ready ? words.tested(name) : words.testFailed(name, seen.message ?? seen.trouble ?? ''));
    });
  const remove = ({ name }: Target) =>
    ask({
      title: words.removeTitle(name),
      lead: words.removeLead,
      send: words.remove,
      tone: 'bad',
      act: async () => {
        await body(api.DELETE('/api/admin/targets/{target}', { params: { path: { target: name } } }));
        say(words.removed(name));
        list.reload();
      },
    });
  const pause = (target: Target) => ask({ title: words.pauseTitle(target.name), lead: words.pauseLead, send: words.pause, act: () => set(target, true) });
  return (
    <>
      <Head title={en.admin.targets} lead={words.lead}>
        <button type="button" class="button" onClick={connect}>{words.connect}</button>
        <button type="button" class="button button-primary" onClick={make}>{words.make}</button>
      </Head>
      <List
        label={en.admin.targets}
        list={list}
        id={(target) => target.name}
        empty={words.empty}
        columns={[
          { name: words.columns.name, cell: (target) => <><strong>{target.name}</strong> <span class="muted small">{words.kinds[target.settings.kind]}</span></> },
          { name: words.columns.url, kind: 'long', cell: (target) => target.url },
          { name: words.columns.state, cell: (target) => <Standing of={target} /> },
          { name: words.columns.defaults, cell: (target) => target.default_for.map((type) => en.type[type]).join(', ') || words.none },
          { name: words.columns.made, cell: (target) => <span class="muted"><Moment at={target.created_at} /></span> },
        ]}
        ways={(target) => [
          ...(busy ? [] : [{ label: words.test, act: () => test(target) }]),
          target.pause ? { label: words.resume, act: () => here(() => set(target, false)) } : { label: words.pause, act: () => pause(target) },
          { label: words.remove, act: () => remove(target), tone: 'bad' },
        ]}
      />
      {dialog}
    </>
  );
}

function Standing({ of: { pause, has_secret, failures } }: { of: Target }) {
  return (
    <>
      <span class={`badge badge-${pause ? 'wants' : 'good'}`}>{pause ? words.paused : words.ready}</span>
      {pause?.because && <p class="bad small">{words.because(pause.because)}</p>}
      {!has_secret && <p class="bad small">{words.noSecret}</p>}
      {failures > 0 && <p class="muted small">{words.failures(failures)}</p>}
    </>
  );
}
