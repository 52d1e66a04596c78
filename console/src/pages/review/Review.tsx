// One draft: the article on the left, what speaks for and against it on the right, the decision above.
import { useEffect, useState } from 'preact/hooks';

import { type Problem, told } from '../../api/problem';
import { type Revision, type Task, may } from '../../api/types';
import { address, become, go, place } from '../../router';
import { NearList } from '../../near/Near';
import { Deliveries } from '../../sent/Deliveries';
import { Placements } from '../../sent/Placements';
import { me } from '../../session/session';
import { useKeys } from '../../shell/keys';
import { en } from '../../strings';
import { lazy } from '../../ui/lazy';
import { Section } from '../../ui/Section';
import { Age, Empty, Key, Loading, Menu, Money, Score, StateBadge, Trouble } from '../../ui/parts';
import { useAbout } from '../../ui/title';
import { say } from '../../ui/toasts';
import { backLink, calendarLink, decided, focused, neighbour } from '../queue/list';
import { Assigned } from './Assigned';
import { Changes } from './Changes';
import { Decide, type Instead } from './Decide';
import { Blockers, Cleaned, Scores, Sources } from './Facts';
import { type Loaded, type Review as Reviewed, isWritten, useReview } from './load';
import { type Move, mayEdit, movesOf, textOf } from './moves';
import { Preview } from './Preview';
import { Brief, Costs, Decided, History, writtenBy } from './Record';

/** Loaded when a review is there. */
const Comments = lazy(() => import('./comments/Comments').then((module) => module.Comments));

type View = 'preview' | 'source' | 'changes';
const VIEWS: View[] = ['preview', 'source', 'changes'];

export function Review({ id }: { id: string }) {
  const review = useReview(id);
  const shown = review.shown.value;
  useAbout(shown && (shown.task.title ?? shown.task.topic));
  useEffect(() => {
    focused.value = id;
  }, [id]);
  useKeys({
    u: () => go(backLink.value),
    j: () => step(id, 1),
    k: () => step(id, -1),
  });
  if (shown) return <Shown review={review} shown={shown} />;
  if (review.problem.value) return <Trouble problem={review.problem.value} again={() => void review.load()} />;
  return <Loading label={en.review.loading} />;
}

function step(id: string, by: 1 | -1): void {
  const next = neighbour(id, by);
  if (next && next.task_id !== id) go(address(['tasks', next.task_id]));
}

function Shown({ review, shown }: { review: Reviewed; shown: Loaded }) {
  const { task, revision } = shown;
  const text = textOf(shown, me.value);
  const moves = movesOf(task, me.value, revision?.revision ?? 0, text);
  const asked = place.value.query.get('decide') as Move | null;
  const [move, setMove] = useState<Move | null>(asked !== null && moves.includes(asked) ? asked : null);
  // Kept while the page is: a dialog that was closed by mistake loses nothing.
  const [notes, setNotes] = useState<Partial<Record<Move, string>>>({ approve: en.decide.approveDefault });
  const [view, setView] = useState<View>('preview');
  const [quote, setQuote] = useState<string | null>(null);
  const [marks, setMarks] = useState(false);
  const edit = () => go(address(['tasks', task.task_id, 'edit']));
  const begin = (wanted: Move) => (moves.includes(wanted) ? { [KEYS[wanted] ?? '']: () => setMove(wanted) } : {});
  useKeys({
    ...begin('approve'),
    ...begin('changes'),
    ...begin('reject'),
    ...(mayEdit(task, me.value) ? { e: edit } : {}),
    ...Object.fromEntries(VIEWS.map((name, at) => [String(at + 1), () => setView(name)])),
  });
  const done = (made: Move, live: string | null) => {
    setMove(null);
    say(en.decide.done[made], live === null ? undefined : { href: live, label: en.review.openLive });
    const next = made === 'approve' || made === 'changes' || made === 'reject' ? decided(task.task_id) : null;
    if (next) go(address(['tasks', next.task_id]));
    else void review.load();
  };
  const lost = () => {
    setMove(null);
    void review.load();
  };
  return (
    <div class="review">
      <Head task={task} revision={revision} moves={moves} begin={setMove} edit={edit} given={(to) => review.given(to)} />
      {review.newer.value && (
        <div class="notice notice-wants" role="status">
          <span>{review.newer.value.version === task.version ? en.review.redrafted : en.review.changed}</span>
          <button type="button" class="button button-small" onClick={() => void review.load()}>{en.review.show}</button>
        </div>
      )}
      {text === 'own' && may(me.value, 'editor') && task.status === 'awaiting_approval' && <p class="notice" role="status">{en.review.own}</p>}
      {review.problem.value && <Trouble problem={review.problem.value} />}
      <div class="review-columns">
        <section class="reader" aria-label={task.title ?? task.topic}>
          {revision ? (
            <>
              <Views view={view} setView={setView} task={task} revision={revision} turn={(n) => void review.turn(n)} />
              <Body view={view} review={review} task={task} revision={revision} quote={quote} marks={marks} />
            </>
          ) : (
            <NoDraft task={task} />
          )}
        </section>
        <aside class="facts">
          {revision && (
            <>
              <Blockers blockers={revision.blockers} find={(found) => { setView('preview'); setQuote(found); }} />
              <Near near={shown.near} />
              <Scores revision={revision} />
              <Sources revision={revision} marks={marks} mark={setMarks} />
              <Cleaned revision={revision} />
            </>
          )}
          <Comments task={task} revision={revision} find={(found) => { setView('preview'); setQuote(found); }} />
          <Decided task={task} />
          <Costs task={task} />
          <History task={task} />
          <Placements task={task} />
          <Deliveries task={task} first={shown.deliveries} />
          <Brief task={task} />
        </aside>
      </div>
      {move && (
        <Decide
          key={move}
          move={move}
          task={task}
          revision={revision}
          instead={insteadOf(move, moves, mayEdit(task, me.value), setMove, edit)}
          newer={review.newer.value}
          note={notes[move] ?? ''}
          typed={(text) => setNotes((all) => ({ ...all, [move]: text }))}
          close={() => {
            setMove(null);
            if (asked) become(address(['tasks', task.task_id]));
          }}
          done={(live) => done(move, live)}
          lost={lost}
        />
      )}
    </div>
  );
}

/** What helps a newest text that is held back; for an older one the newest is what there is to mend. */
function insteadOf(move: Move, moves: readonly Move[], editable: boolean, begin: (move: Move) => void, edit: () => void): Instead[] {
  if (move !== 'approve') return [];
  return [
    ...(moves.includes('changes') ? [{ label: en.decide.changes, act: () => begin('changes') }] : []),
    ...(editable ? [{ label: en.decide.edit, act: edit }] : []),
  ];
}

/** What ends a task or takes an article down is not beside what is done every day. */
const RARE: Move[] = ['cancel', 'unpublish'];
const KEYS: Partial<Record<Move, string>> = { approve: 'a', changes: 'c', reject: 'r' };

interface HeadProps {
  task: Task;
  revision: Revision | null;
  moves: readonly Move[];
  begin: (move: Move) => void;
  edit: () => void;
  given: (to: string | null) => void;
}

function Head({ task, revision, moves, begin, edit, given }: HeadProps) {
  const style = (move: Move) => (move === 'approve' ? 'button button-primary' : 'button');
  const rare = moves.filter((move) => RARE.includes(move));
  const back = calendarLink.value === null ? en.review.back : en.review.backToCalendar;
  return (
    <header class="review-head">
      <div class="review-title">
        <a class="back" href={backLink.value} aria-label={back} title={back}>←</a>
        <div>
          <h1>{revision?.title ?? task.title ?? task.topic}</h1>
          <p class="review-line">
            <StateBadge state={task.status} />
            <span>{en.type[task.task_type]}</span>
            {revision && <span>{en.review.words(revision.word_count, task.target_length)}</span>}
            {revision && <span>{en.facts.written(writtenBy(revision))}</span>}
            <span><Money amount={task.cost_usd} /></span>
            {revision?.quality_score != null && <span>{en.facts.overall} <Score value={revision.quality_score} /></span>}
            <span><Age at={task.updated_at} /></span>
            {task.live_revision != null && task.published_url && (
              <a href={task.published_url} target="_blank" rel="noopener">{en.review.openLive}</a>
            )}
          </p>
        </div>
      </div>
      <div class="review-actions">
        {moves.filter((move) => !RARE.includes(move)).map((move) => (
          <button key={move} type="button" class={style(move)} onClick={() => begin(move)} aria-keyshortcuts={KEYS[move]}>
            {en.decide[move]} {KEYS[move] && <Key of={KEYS[move]} />}
          </button>
        ))}
        {mayEdit(task, me.value) && (
          <button type="button" class="button" onClick={edit} aria-keyshortcuts="e">{en.decide.edit} <Key of="e" /></button>
        )}
        <Assigned task={task} given={given} />
        {may(me.value, 'author') && (
          <Menu label={en.decide.more}>
            <button type="button" onClick={() => go(address(['new'], { from: task.task_id }))}>{en.ask.same}…</button>
            {may(me.value, 'editor') && <button type="button" onClick={() => go(address(['schedules', 'new'], { from: task.task_id }))}>{en.ask.again}…</button>}
            {rare.map((move) => (
              <button key={move} type="button" class="menu-bad" onClick={() => begin(move)}>{en.decide[move]}…</button>
            ))}
          </Menu>
        )}
      </div>
    </header>
  );
}

/** Told beside the text, before somebody decides; nothing is held back for it but what nobody would look at. */
function Near({ near }: { near: Loaded['near'] }) {
  if (near.length === 0) return null;
  return (
    <Section title={en.near.title} count={near.length}>
      <NearList near={near} />
      <p class="small">{en.near.why} <span class="muted">{en.near.newest}</span></p>
    </Section>
  );
}

interface ViewsProps {
  view: View;
  setView: (view: View) => void;
  task: Task;
  revision: Revision;
  turn: (number: number) => void;
}

function Views({ view, setView, task, revision, turn }: ViewsProps) {
  const newest = task.revision;
  return (
    <div class="views">
      <div class="tabs" role="tablist">
        {VIEWS.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={view === name}
            aria-controls="view"
            onClick={() => setView(name)}
          >
            {en.review.views[name]}
          </button>
        ))}
      </div>
      <label class="inline-field" for="revision">
        <span class="sr-only">{en.review.revisions}</span>
        <select id="revision" class="select" value={String(revision.revision)} onChange={(event) => turn(Number(event.currentTarget.value))}>
          {Array.from({ length: newest }, (_, at) => newest - at).map((n) => (
            <option key={n} value={String(n)}>{n === newest ? en.review.newest(n) : en.review.revision(n)}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

interface BodyProps {
  view: View;
  review: Reviewed;
  task: Task;
  revision: Revision;
  quote: string | null;
  marks: boolean;
}

function Body({ view, review, task, revision, quote, marks }: BodyProps) {
  return (
    <div id="view" class="view" role="tabpanel" aria-labelledby={`tab-${view}`}>
      {view === 'preview' && <Preview title={revision.title} html={revision.content ?? ''} quote={quote} language={task.language} sources={marks ? 'marked' : 'plain'} />}
      {view === 'source' && <Source review={review} number={revision.revision} />}
      {view === 'changes' && <Changes review={review} newest={task.revision} shown={revision} />}
    </div>
  );
}

function Source({ review, number }: { review: Reviewed; number: number }) {
  const [revision, setRevision] = useState<Revision | null>(null);
  const [asHtml, setHtml] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let wanted = true;
    review.revision(number).then(
      (read) => wanted && setRevision(read),
      (error: unknown) => wanted && setProblem(told(error)),
    );
    return () => {
      wanted = false;
    };
  }, [review, number]);
  if (!revision) return problem ? <Trouble problem={problem} /> : <Loading label={en.loading} />;
  const html = asHtml || revision.markdown == null;
  return (
    <div class="source">
      {revision.markdown != null && (
        <div class="segmented" role="group" aria-label={en.review.views.source}>
          <button type="button" aria-pressed={!html} onClick={() => setHtml(false)}>{en.review.markdown}</button>
          <button type="button" aria-pressed={html} onClick={() => setHtml(true)}>{en.review.html}</button>
        </div>
      )}
      <dl class="pairs">
        <div><dt>{en.review.excerpt}</dt><dd>{revision.excerpt}</dd></div>
        <div><dt>{en.review.seo}</dt><dd>{revision.seo.title}<br /><span class="muted">{revision.seo.description}</span></dd></div>
      </dl>
      <pre class="source-text" tabIndex={0} aria-label={en.review.sourceLabel}>{html ? revision.content : revision.markdown}</pre>
    </div>
  );
}

function NoDraft({ task }: { task: Task }) {
  return (
    <Empty title={en.review.noDraft} hint={isWritten(task) ? en.review.noDraftHint(task.progress.message) : (task.error?.message ?? '')}>
      {isWritten(task) && <progress max={100} value={task.progress.percentage} aria-label={task.progress.message} />}
    </Empty>
  );
}
