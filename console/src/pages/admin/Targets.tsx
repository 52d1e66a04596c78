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
import kinds from './kinds.json';
import { admin } from './strings';

const words = admin.targets;
type Kind = (typeof kinds)[number];

/** What is asked for a target of a kind. Its settings' fields are named by their places in the request. */
function fieldsOf(kind: Kind): FieldSpec[] {
  return [
    { name: 'name', label: words.name, hint: words.nameHint },
    { name: 'url', label: words.url, hint: kind.url.hint, more: { inputMode: 'url' } },
    ...(kind.fields as unknown as FieldSpec[]),
    { name: 'secret', label: kind.secret, hint: words.secretHint, kind: 'secret' },
    { name: 'default_for', label: words.defaults, kind: 'many', options: Object.entries(en.type) },
  ];
}

/** What stands in a new form: of a choice, the first. */
function usualOf(kind: Kind): Record<string, string> {
  const choices = (kind.fields as unknown as FieldSpec[]).flatMap(({ name, kind: of, options, optional }) => {
    const first = of === 'choice' && !optional && options?.[0];
    return first ? [[name, first[0]] as const] : [];
  });
  return { url: kind.url.usual, ...Object.fromEntries(choices) };
}

/** The request: the settings are a thing of their own in it. */
function requestOf(kind: Kind, form: object): Bodies['TargetRequest'] {
  const [settings, rest]: [[string, unknown][], [string, unknown][]] = [[['kind', kind.name]], []];
  for (const [name, value] of Object.entries(form)) {
    if (name.startsWith('settings.')) settings.push([name.slice('settings.'.length), value]);
    else rest.push([name, value]);
  }
  return { ...Object.fromEntries(rest), settings: Object.fromEntries(settings) } as Bodies['TargetRequest'];
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
  const make = (kind: Kind) =>
    ask<object>({
      title: kind.connect,
      lead: kind.about,
      fields: fieldsOf(kind),
      values: usualOf(kind),
      send: words.send,
      act: (form, key) => send(requestOf(kind, form), key),
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
        {kinds.map((kind) => (
          <button key={kind.name} type="button" class="button" onClick={() => make(kind)}>{kind.connect}</button>
        ))}
      </Head>
      <List
        label={en.admin.targets}
        list={list}
        id={(target) => target.name}
        empty={words.empty}
        columns={[
          { name: words.columns.name, cell: (target) => <><strong>{target.name}</strong> <span class="muted small">{titleOf(target)}</span></> },
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

const titleOf = ({ settings }: Target) => kinds.find(({ name }) => name === settings.kind)?.title ?? settings.kind;

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
