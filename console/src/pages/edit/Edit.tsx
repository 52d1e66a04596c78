// Writes the next revision. What was typed is never lost: not by a closed tab, an ended session, a failed save, or by somebody
// else who saved first.
import { useEffect, useRef, useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import type { Problem } from '../../api/problem';
import type { Revision, Task } from '../../api/types';
import { address, go } from '../../router';
import { me } from '../../session/session';
import { useKeys } from '../../shell/keys';
import { en } from '../../strings';
import { wordsOf } from '../../text/diff';
import { Empty, Field, Loading, Trouble } from '../../ui/parts';
import { say } from '../../ui/toasts';
import { Preview } from '../review/Preview';
import { type Review, told, useReview } from '../review/load';
import { mayEdit } from '../review/moves';
import { Conflict } from './Conflict';
import type { Editor } from './editor';
import { forgetOld, keep, nameOf, readKept } from './kept';

const KEEP_MS = 400;
const FIELDS = ['title', 'excerpt', 'html', 'markdown', 'content'];

export function Edit({ id }: { id: string }) {
  const review = useReview(id);
  // What the edit began with; what is loaded later does not change it.
  const [base, setBase] = useState<{ task: Task; revision: Revision } | null>(null);
  const shown = review.shown.value;
  useEffect(() => {
    if (!base && shown?.revision) setBase({ task: shown.task, revision: shown.revision });
  }, [shown, base]);
  if (base && !mayEdit(base.task, me.value)) return <Empty title={en.problem.role} hint="" />;
  if (base) return <Form review={review} first={base} />;
  if (review.problem.value) return <Trouble problem={review.problem.value} again={() => void review.load()} />;
  if (shown && !shown.revision) return <Empty title={en.review.noDraft} hint="" />;
  return <Loading label={en.review.loading} />;
}

interface Base {
  task: Task;
  revision: Revision;
}

const formOf = (revision: Revision): 'markdown' | 'html' => (revision.markdown == null ? 'html' : 'markdown');
const textOf = (revision: Revision): string => revision.markdown ?? revision.content ?? '';

function Form({ review, first }: { review: Review; first: Base }) {
  const [base, setBase] = useState(first);
  const form = formOf(base.revision);
  const name = nameOf(me.value?.subject ?? '', review.id, first.revision.revision);
  const [restored] = useState(() => {
    forgetOld(localStorage, Date.now());
    return readKept(localStorage, name, Date.now());
  });
  const [title, setTitle] = useState(restored?.title ?? first.revision.title);
  const [excerpt, setExcerpt] = useState(restored?.excerpt ?? '');
  const [text, setText] = useState(restored?.text ?? textOf(first.revision));
  const [told_, setTold] = useState(restored !== null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [theirs, setTheirs] = useState<Base | null>(null);
  const [busy, setBusy] = useState(false);
  const editor = useRef<Editor | null>(null);
  const latest = useRef({ title, excerpt, text });
  latest.current = { title, excerpt, text };

  const dirty = title !== base.revision.title || excerpt !== '' || text !== textOf(base.revision);
  const kept = useKept(name, latest.current, dirty);
  const checked = useChecked(review.id, form, title, text);

  const save = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const sent = { ...latest.current };
    try {
      const fields = { title: sent.title, ...(sent.excerpt.trim() === '' ? {} : { excerpt: sent.excerpt }) };
      const params = { path: { task_id: review.id }, header: { 'If-Match': `"${base.task.version}"` } };
      const content = form === 'markdown' ? { markdown: sent.text } : { html: sent.text };
      const task = (await body(api.PUT('/api/content/tasks/{task_id}/draft', { params, body: { ...fields, ...content } as never }))) as Task;
      say(en.edit.saved(task.revision));
      const now = latest.current;
      if (now.text === sent.text && now.title === sent.title && now.excerpt === sent.excerpt) {
        localStorage.removeItem(name);
        go(address(['tasks', review.id]));
      } else {
        // Somebody typed on while it was saved: they go on from what was saved.
        setBase({ task, revision: await review.revision(task.revision) });
      }
    } catch (error) {
      const failed = told(error);
      if (failed.status === 412) await meet();
      else setProblem(failed);
    }
    setBusy(false);
  };
  const meet = async () => {
    await review.load();
    const now = review.shown.value;
    if (now?.revision) setTheirs({ task: now.task, revision: now.revision });
    else if (review.problem.value) setProblem(review.problem.value);
  };
  const restart = () => {
    localStorage.removeItem(name);
    setTitle(base.revision.title);
    setExcerpt('');
    editor.current?.replace(textOf(base.revision));
    setTold(false);
  };
  useKeys({ u: () => go(address(['tasks', review.id])) });
  return (
    <form
      class="edit"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void save();
      }}
    >
      <header class="edit-head">
        <a class="back" href={address(['tasks', review.id])} aria-label={en.edit.leave} title={en.edit.leave}>←</a>
        <h1>{en.edit.title}</h1>
        <span class="muted small" role="status">
          {en.edit.words(checked?.word_count ?? wordsOf(text).length)} · {en.review.revision(base.revision.revision)} · {form === 'markdown' ? en.edit.markdown : en.edit.html}
          {dirty && kept && ` · ${en.edit.kept}`}
        </span>
        <button type="submit" class="button button-primary" disabled={busy || !dirty}>{en.edit.save}</button>
      </header>
      {told_ && (
        <div class="notice notice-wants" role="status">
          <span>{en.edit.restored}</span>
          <button type="button" class="button button-small" onClick={restart}>{en.edit.discard}</button>
        </div>
      )}
      {form === 'html' && <p class="muted small">{en.edit.onlyHtml}</p>}
      {problem && <Trouble problem={problem} besides={FIELDS} />}
      <div class="edit-fields">
        <Field id="edit-title" label={en.edit.titleField} error={problem?.of('title')}>
          <input id="edit-title" required minLength={3} maxLength={200} aria-describedby="edit-title-says" value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
        </Field>
        <Field id="edit-excerpt" label={en.edit.excerpt} hint={en.edit.excerptHint} error={problem?.of('excerpt')} optional="optional">
          <input id="edit-excerpt" aria-describedby="edit-excerpt-says" placeholder={base.revision.excerpt} value={excerpt} onInput={(event) => setExcerpt(event.currentTarget.value)} />
        </Field>
      </div>
      {(problem?.of(form) ?? problem?.of('content')) && <p class="field-error" role="alert">{problem?.of(form) ?? problem?.of('content')}</p>}
      <div class="edit-both">
        <Writing text={text} form={form} changed={setText} save={() => void save()} editor={editor} />
        <div class="edit-seen">
          {checked && checked.blockers.length > 0 && (
            <ul class="edit-held" aria-label={en.facts.blockers}>
              {checked.blockers.map((blocker) => <li key={blocker.code}>{blocker.message}</li>)}
            </ul>
          )}
          <Preview title={title} html={(checked ?? base.revision).content ?? ''} label={en.edit.preview} language={base.task.language} />
        </div>
      </div>
      {theirs && (
        <Conflict
          mine={text}
          theirs={theirs.revision}
          base={first.revision}
          form={form}
          keepMine={() => {
            setBase(theirs);
            setTheirs(null);
          }}
          takeTheirs={() => {
            setBase(theirs);
            setTitle(theirs.revision.title);
            setExcerpt('');
            editor.current?.replace(textOf(theirs.revision));
            setTheirs(null);
          }}
        />
      )}
    </form>
  );
}

/** Keeps what was typed a moment after it was typed, and when the page goes away. Says whether all of it is kept. */
function useKept(name: string, typed: { title: string; excerpt: string; text: string }, dirty: boolean): boolean {
  const now = useRef(typed);
  now.current = typed;
  const [kept, setKept] = useState(false);
  useEffect(() => {
    setKept(false);
    if (!dirty) return;
    const store = () => setKept(keep(localStorage, name, { ...now.current, at: Date.now() }));
    const timer = setTimeout(store, KEEP_MS);
    window.addEventListener('pagehide', store);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('pagehide', store);
    };
  }, [name, typed.title, typed.excerpt, typed.text, dirty]);
  return kept;
}

/** A text is checked when nobody has typed for so long. */
const STILL_MS = 900;

/** What the text would be if it were saved: the API cleans and measures it and stores nothing. An answer that comes after the text
 * has changed is not used. */
function useChecked(id: string, form: 'markdown' | 'html', title: string, text: string): Revision | null {
  const [checked, setChecked] = useState<Revision | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const params = { path: { task_id: id } };
      const content = form === 'markdown' ? { markdown: text } : { html: text };
      const answer = api.POST('/api/content/tasks/{task_id}/draft/check', { params, body: { title, ...content } as never, signal: abort.signal });
      body(answer).then(
        (revision) => !abort.signal.aborted && setChecked(revision as Revision),
        // What is wrong is said when it is saved; until then the last preview stays.
        () => undefined,
      );
    }, STILL_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [id, form, title, text]);
  return checked;
}

interface WritingProps {
  text: string;
  form: 'markdown' | 'html';
  changed: (text: string) => void;
  save: () => void;
  editor: { current: Editor | null };
}

function Writing({ text, form, changed, save, editor }: WritingProps) {
  const host = useRef<HTMLDivElement>(null);
  const [ready, setReady] = useState(false);
  const saves = useRef(save);
  saves.current = save;
  useEffect(() => {
    let wanted = true;
    void import('./editor').then(({ open }) => {
      if (!wanted || !host.current) return;
      editor.current = open({ host: host.current, text, form, label: en.edit.body, changed, save: () => saves.current() });
      setReady(true);
    });
    return () => {
      wanted = false;
      editor.current?.destroy();
      editor.current = null;
    };
  }, []);
  return (
    <div class="edit-text">
      {!ready && <Loading label={en.edit.loading} />}
      <div ref={host} class="editor-host" />
    </div>
  );
}
