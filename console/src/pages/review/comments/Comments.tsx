// What people say of a text, beside it: threads with the words that they are about, and what became of them.
import { useEffect, useRef, useState } from 'preact/hooks';

import { pace } from '../../../api/client';
import { type Problem, told } from '../../../api/problem';
import { type Comment, type Revision, type Task, may } from '../../../api/types';
import { me } from '../../../session/session';
import { useKeys } from '../../../shell/keys';
import { poll } from '../../../shell/poll';
import { type Quoted, findAnchor, paragraphs } from '../../../text/anchor';
import { useAttempt, useOnce } from '../../../ui/once';
import { Section } from '../../../ui/Section';
import { Age, Loading, Trouble } from '../../../ui/parts';
import { say } from '../../../ui/toasts';
import { type Said, change, make, read, remove, threads } from './load';
import { Place } from './Place';
import { words } from './strings';
import '../../../styles/comments.css';

const OFTEN_MS = 10_000;
const SELDOM_MS = 60_000;

interface Props {
  task: Task;
  revision: Revision | null;
  /** Shows the place of a quote in the preview. */
  find: (quote: string) => void;
}

export function Comments({ task, revision, find }: Props) {
  const [comments, setComments] = useState<Comment[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [all, setAll] = useState(false);
  const [busy, once] = useOnce();
  const form = useRef<HTMLTextAreaElement>(null);
  const id = task.task_id;
  const load = async () => {
    try {
      setComments(await read(id));
    } catch (error) {
      if (comments === null) setProblem(told(error));
    }
  };
  useEffect(() => {
    void load();
    return poll(load, () => pace(OFTEN_MS, SELDOM_MS));
  }, [id, task.version]);
  const mayComment = may(me.value, 'author');
  useKeys(mayComment ? { o: () => form.current?.focus() } : {});
  /** `true`: it took effect. */
  const act = async (what: () => Promise<void>, done: string): Promise<boolean> => {
    let took = false;
    await once(async () => {
      setProblem(null);
      try {
        await what();
        took = true;
        say(done);
        await load();
      } catch (error) {
        setProblem(told(error));
      }
    });
    return took;
  };
  const text = revision ? paragraphs(revision.content ?? '') : [];
  const found = threads(comments ?? []);
  const open = found.filter(({ first }) => first.resolved == null);
  const shown = all ? found : open;
  return (
    <Section title={words.title} count={open.length}>
      {problem && <Trouble problem={problem} />}
      {comments === null && !problem && <Loading label={words.loading} />}
      {comments !== null && shown.length === 0 && <p class="muted">{found.length === 0 ? words.none : words.noneOpen}</p>}
      <ul class="threads">
        {shown.map(({ first, replies }) => (
          <li key={first.comment_id} class="thread">
            <Anchored comment={first} text={text} find={find} />
            {[first, ...replies].map((one) => <One key={one.comment_id} comment={one} busy={busy} act={act} task={id} />)}
            <Standing comment={first} busy={busy} act={act} task={id} />
            {mayComment && first.resolved == null && <Write task={id} act={act} busy={busy} parent={first} revision={null} text={[]} />}
          </li>
        ))}
      </ul>
      {found.length > open.length && (
        <label class="check">
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} /> {words.showAll}
        </label>
      )}
      {mayComment && <Write task={id} act={act} busy={busy} parent={null} revision={revision} text={text} field={form} />}
    </Section>
  );
}

type Act = (what: () => Promise<void>, done: string) => Promise<boolean>;

function Anchored({ comment: { anchor }, text, find }: { comment: Comment; text: readonly string[]; find: (quote: string) => void }) {
  if (anchor == null) return null;
  const lost = findAnchor(text, anchor) === null;
  return (
    <p class="small">
      {lost ? <q class="muted">{anchor.quote}</q> : <button type="button" class="quote" onClick={() => find(anchor.quote)}>{anchor.quote}</button>}
      {lost && <span class="muted"> {words.detached(anchor.revision)}</span>}
    </p>
  );
}

function One({ comment, task, busy, act }: { comment: Comment; task: string; busy: boolean; act: Act }) {
  const [typed, setTyped] = useState<string | null>(null);
  const id = comment.comment_id;
  const mine = comment.author === me.value?.subject && may(me.value, 'author');
  if (comment.text == null) return <p class="muted small">{words.removed}</p>;
  const save = async (event: Event) => {
    event.preventDefault();
    if (typed !== null && (await act(() => change(task, id, { text: typed.trim() }), words.done.edited))) setTyped(null);
  };
  return (
    <div class="comment">
      <p class="small">
        <strong>{comment.author}</strong> <span class="muted"><Age at={comment.created_at} />{comment.edited_at != null && `, ${words.edited}`}</span>
      </p>
      {typed === null ? (
        <p class="comment-text">{comment.text}</p>
      ) : (
        <form onSubmit={save}>
          <textarea aria-label={words.edit} rows={3} required maxLength={4000} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
          <button type="submit" class="button button-small" disabled={busy}>{words.save}</button>{' '}
          <button type="button" class="button button-small" onClick={() => setTyped(null)}>{words.giveUp}</button>
        </form>
      )}
      {typed === null && (mine || may(me.value, 'admin')) && (
        <p class="comment-ways">
          {mine && <button type="button" class="button button-small button-quiet" onClick={() => setTyped(comment.text ?? '')}>{words.edit}</button>}
          <button type="button" class="button button-small button-quiet" disabled={busy} onClick={() => void act(() => remove(task, id), words.done.removed)}>{words.remove}</button>
        </p>
      )}
    </div>
  );
}

/** What became of a thread, and what an editor makes of it. */
function Standing({ comment, task, busy, act }: { comment: Comment; task: string; busy: boolean; act: Act }) {
  const resolved = comment.resolved != null;
  const turn = () => void act(() => change(task, comment.comment_id, { resolved: !resolved }), resolved ? words.done.reopened : words.done.resolved);
  return (
    <p class="comment-ways small">
      {comment.worked_in != null && <span class="muted">{words.workedIn(comment.worked_in)}</span>}
      {comment.resolved != null && <span class="muted">{words.resolvedBy(comment.resolved.by)}</span>}
      {may(me.value, 'editor') && comment.text != null && <button type="button" class="button button-small" disabled={busy} onClick={turn}>{resolved ? words.reopen : words.resolve}</button>}
    </p>
  );
}

interface WriteProps {
  task: string;
  parent: Comment | null;
  revision: Revision | null;
  text: readonly string[];
  busy: boolean;
  act: Act;
  field?: { current: HTMLTextAreaElement | null };
}

/** Says something: of the text, of a place in it, or in reply. What was typed stays until it took effect. */
function Write({ task, parent, revision, text, busy, act, field }: WriteProps) {
  const [typed, setTyped] = useState('');
  const [anchor, setAnchor] = useState<Quoted | null>(null);
  const [choosing, setChoosing] = useState(false);
  const attempt = useAttempt();
  const label = parent === null ? words.say : words.replyTo(parent.author);
  const submit = async (event: Event) => {
    event.preventDefault();
    const place = anchor !== null && revision !== null ? { revision: revision.revision, ...anchor } : null;
    const said: Said = { text: typed.trim(), parent: parent?.comment_id ?? null, anchor: place };
    if (!(await act(() => make(task, said, attempt.keyFor({ task, said })), words.done.made))) return;
    attempt.done();
    setTyped('');
    setAnchor(null);
  };
  return (
    <form class="comment-write" onSubmit={submit}>
      {anchor && <p class="small"><q>{anchor.quote}</q></p>}
      <textarea
        ref={field ?? null}
        aria-label={label}
        placeholder={label}
        rows={parent === null ? 3 : 1}
        required
        maxLength={4000}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      {parent === null && <p class="muted small">{words.hint}</p>}
      <p class="comment-ways">
        <button type="submit" class="button button-small" disabled={busy || typed.trim() === ''}>{parent === null ? words.send : words.reply}</button>
        {text.length > 0 && <button type="button" class="button button-small" onClick={() => setChoosing(true)}>{anchor ? words.another : words.choose}</button>}
        {anchor && <button type="button" class="button button-small" onClick={() => setAnchor(null)}>{words.whole}</button>}
      </p>
      {choosing && <Place text={text} close={() => setChoosing(false)} chosen={(place) => { setAnchor(place); setChoosing(false); }} />}
    </form>
  );
}
