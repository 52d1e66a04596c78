// Writes the next revision. What was typed is never lost: not by a closed tab, an ended session, a failed save, or by somebody
// else who saved first.
import { useEffect, useRef, useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import { Problem, told } from '../../api/problem';
import type { Revision, Task } from '../../api/types';
import { address, go } from '../../router';
import { me } from '../../session/session';
import { useKeys } from '../../shell/keys';
import { en } from '../../strings';
import { wordsOf } from '../../text/diff';
import { useOnce } from '../../ui/once';
import { Empty, Field, Loading, Trouble } from '../../ui/parts';
import { useAbout } from '../../ui/title';
import { say } from '../../ui/toasts';
import { sentence } from '../review/Facts';
import { Preview } from '../review/Preview';
import { type Review, useReview } from '../review/load';
import { mayEdit } from '../review/moves';
import { Closed } from './Closed';
import { Conflict } from './Conflict';
import type { Editor } from './editor';
import { type Kept, keepAnew, lastKept, nameOf } from './kept';
import { type Fate, formOf, textIn, useChecked, useKept } from './typed';
import { Writing } from './Writing';

const FIELDS = ['title', 'excerpt', 'html', 'markdown', 'content'];

/** What a text goes on from: the version of the task that a save is bound to, and the revision that it is compared with. */
interface Base {
  task: Task;
  revision: Revision;
}

/** What an edit begins with. */
interface Opened {
  base: Base;
  kept: Kept | null;
  /** The newest revision, where the text that was kept began with another. */
  theirs: Base | null;
}

export function Edit({ id }: { id: string }) {
  const review = useReview(id);
  // What is loaded later does not change it.
  const [opened, setOpened] = useState<Opened | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const shown = review.shown.value;
  useAbout(shown && (shown.task.title ?? shown.task.topic));
  const begin = (task: Task) => {
    setProblem(null);
    open(review, task).then(
      (fresh) => setOpened((before) => before ?? fresh),
      (error: unknown) => setProblem(told(error)),
    );
  };
  const ready = shown !== null && mayEdit(shown.task, me.value);
  useEffect(() => {
    if (!opened && ready && shown) begin(shown.task);
  }, [ready, opened]);
  const task = opened ? (opened.theirs ?? opened.base).task : shown?.revision ? shown.task : null;
  const closed = task !== null && !mayEdit(task, me.value);
  const { value: newer } = review.newer;
  useEffect(() => {
    // Nobody types: once the task can be edited, it is.
    if (closed && newer) void review.load();
  }, [closed, newer]);
  if (closed) return <Closed task={task} />;
  if (opened) return <Form review={review} opened={opened} />;
  if (problem && shown) return <Trouble problem={problem} again={() => begin(shown.task)} />;
  if (review.problem.value) return <Trouble problem={review.problem.value} again={() => void review.load()} />;
  if (shown && !shown.revision) return <Empty title={en.review.noDraft} hint="" />;
  return <Loading label={en.review.loading} />;
}

async function open(review: Review, task: Task): Promise<Opened> {
  const first = { task, revision: await review.revision(task.revision) };
  const found = lastKept(localStorage, me.value?.subject ?? '', review.id, Date.now());
  if (found === null) return { base: first, kept: null, theirs: null };
  if (found.revision === first.revision.revision) return { base: first, kept: found.kept, theirs: null };
  // Another revision was saved since. The text is shown whatever comes of the question what it began with.
  const revision = await review.revision(found.revision).catch(() => null);
  return { base: revision ? { task: first.task, revision } : first, kept: found.kept, theirs: first };
}

function Form({ review, opened }: { review: Review; opened: Opened }) {
  const { kept: restored } = opened;
  const [base, setBase] = useState(opened.base);
  // The form in which the text is typed; what others save does not change it.
  const [form, setForm] = useState(restored?.form ?? formOf(opened.base.revision));
  const [subject] = useState(me.value?.subject ?? '');
  const [title, setTitle] = useState(restored?.title ?? base.revision.title);
  const [excerpt, setExcerpt] = useState(restored?.excerpt ?? '');
  const [text, setText] = useState(restored?.text ?? textIn(base.revision, form));
  const [told_, setTold] = useState(restored !== null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [theirs, setTheirs] = useState(opened.theirs);
  const [busy, once] = useOnce();
  const editor = useRef<Editor | null>(null);
  const fate = useRef<Fate>('typed');
  const typed = { title, excerpt, text, form };
  const latest = useRef(typed);
  latest.current = typed;

  const nameOn = (revision: Revision) => nameOf(subject, review.id, revision.revision);
  const name = nameOn(base.revision);
  const dirty = title !== base.revision.title || excerpt !== '' || text !== textIn(base.revision, form);
  const kept = useKept(name, typed, dirty, fate);
  const checked = useChecked(review.id, typed);

  /** The text goes on from another revision. */
  const goOnFrom = (next: Base) => {
    keepAnew(localStorage, name, nameOn(next.revision), { ...latest.current, at: Date.now() });
    setBase(next);
  };
  const save = () =>
    once(async () => {
      setProblem(null);
      const sent = latest.current;
      try {
        const fields = { title: sent.title, ...(sent.excerpt.trim() === '' ? {} : { excerpt: sent.excerpt }) };
        const params = { path: { task_id: review.id }, header: { 'If-Match': `"${base.task.version}"` } };
        const content = sent.form === 'markdown' ? { markdown: sent.text } : { html: sent.text };
        const task = (await body(api.PUT('/api/content/tasks/{task_id}/draft', { params, body: { ...fields, ...content } as never }))) as Task;
        say(en.edit.saved(task.revision));
        const now = latest.current;
        if (now.text === sent.text && now.title === sent.title && now.excerpt === sent.excerpt) {
          settle();
        } else {
          // Somebody typed on while it was saved: they go on from what was saved.
          goOnFrom({ task, revision: await review.revision(task.revision) });
        }
      } catch (error) {
        const failed = told(error);
        if (failed.status === 412) await meet();
        else setProblem(failed);
      }
    });
  /** It is saved: nothing is kept of it. */
  const settle = () => {
    fate.current = 'settled';
    localStorage.removeItem(name);
    go(address(['tasks', review.id]));
  };
  /** Looks what the task has become, and says what that means for the text. */
  const meet = async () => {
    try {
      const { task } = await review.newest();
      const revision = await review.revision(task.revision);
      const mine = latest.current;
      if (task.revision === base.revision.revision) {
        setBase({ task, revision });
        setProblem(new Problem(412, 'changed', en.edit.sameText));
      } else if (revision.title === mine.title && textIn(revision, mine.form) === mine.text && [revision.excerpt, ''].includes(mine.excerpt.trim())) {
        // A save whose answer got lost.
        say(en.edit.saved(task.revision));
        settle();
      } else setTheirs({ task, revision });
    } catch (error) {
      setProblem(told(error));
    }
  };
  const restart = () => {
    localStorage.removeItem(name);
    take(base);
    setTold(false);
  };
  /** What a revision says, in its own form, in the place of what was typed. */
  const take = ({ task, revision }: Base) => {
    const [own, fresh] = [formOf(revision), textIn(revision, formOf(revision))];
    setBase({ task, revision });
    setForm(own);
    setTitle(revision.title);
    setExcerpt('');
    setText(fresh);
    // In the same form it can be undone; in another, the editor is opened anew.
    if (own === form) editor.current?.replace(fresh);
  };
  useKeys({ u: () => go(address(['tasks', review.id])) });
  const newer = review.newer.value;
  const overtaken = newer !== null && newer.version > base.task.version && theirs === null ? newer : null;
  return (
    <form
      class="edit"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
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
      {overtaken && !mayEdit(overtaken, me.value) && <p class="notice notice-wants" role="status">{en.edit.closed(en.state[overtaken.status])}</p>}
      {overtaken && mayEdit(overtaken, me.value) && overtaken.revision > base.revision.revision && (
        <div class="notice notice-wants" role="status">
          <span>{en.edit.overtaken(overtaken.revision)}</span>
          <button type="button" class="button button-small" onClick={() => void meet()}>{en.edit.compare}</button>
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
        <Writing key={form} text={text} form={form} changed={setText} editor={editor} />
        <div class="edit-seen">
          {checked && checked.blockers.length > 0 && (
            <div class="edit-held">
              <strong>{en.facts.blockers}</strong>
              <ul>{checked.blockers.map((blocker) => <li key={blocker.code}>{sentence(blocker.message)}</li>)}</ul>
            </div>
          )}
          <Preview title={title} html={(checked ?? base.revision).content ?? ''} label={en.edit.preview} language={base.task.language} />
        </div>
      </div>
      {theirs && (
        <Conflict
          mine={text}
          theirs={theirs.revision}
          base={base.revision}
          form={form}
          keepMine={() => {
            goOnFrom(theirs);
            setTheirs(null);
          }}
          takeTheirs={() => {
            localStorage.removeItem(name);
            take(theirs);
            setTold(false);
            setTheirs(null);
          }}
        />
      )}
    </form>
  );
}
