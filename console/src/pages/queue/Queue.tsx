// The queue: what there is to review, in a table that the keyboard walks.
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

import { pace } from '../../api/client';
import { may, type State, type Task } from '../../api/types';
import { address, go, place } from '../../router';
import { me } from '../../session/session';
import { isTyping, useKeys } from '../../shell/keys';
import { poll } from '../../shell/poll';
import { en } from '../../strings';
import { Age, Empty, Loading, Money, Score, StateBadge, Trouble } from '../../ui/parts';
import { languageName, local } from '../../ui/format';
import { mayEdit } from '../review/moves';
import { type Filters, OPEN, STATES, inbox, isNarrowed, link, read, isOpen } from './filters';
import { calendarLink, countsFor, focused, hasMore, isExact, load, loadMore, loadingMore, neighbour, pages, problem, reload, tasks } from './list';
import { Narrow } from './Narrow';

/** How often the list is asked for while it is looked at. */
const OFTEN_MS = 4_000;
const SELDOM_MS = 15_000;
/** Letters that follow one another within so long are one search. */
const TYPED_MS = 250;

export function Queue() {
  const filters = read(place.value.query);
  const asked = link(filters);
  const searched = useRef(filters.words);
  useEffect(() => {
    calendarLink.value = null;
  }, []);
  useEffect(() => {
    // What is typed is asked for when somebody stops typing; everything else at once.
    const typed = searched.current !== filters.words && tasks.value !== null;
    searched.current = filters.words;
    let stop = () => {};
    const start = () => {
      void load(filters);
      // A list of several pages takes as many reads.
      stop = poll(() => (tasks.value === null && problem.value !== null ? load(filters) : reload()), () => pace(OFTEN_MS, SELDOM_MS) * pages.value);
    };
    const timer = setTimeout(start, typed ? TYPED_MS : 0);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [asked]);
  return (
    <div class="queue">
      <States filters={filters} />
      <section class="queue-main" aria-labelledby="queue-title">
        <header class="page-head">
          <h1 id="queue-title">{titleOf(filters)}</h1>
          <Narrow filters={filters} />
        </header>
        {problem.value && <Trouble problem={problem.value} again={() => void load(filters)} />}
        {!isExact.value && <p class="notice" role="status">{filters.sort === 'newest' ? en.queue.byTime : en.queue.byTimeOnly}</p>}
        <Table filters={filters} />
      </section>
    </div>
  );
}


/** Whether it is the list of what was given to whoever looks. */
const isInbox = (filters: Filters): boolean => link(filters) === link({ ...inbox(), sort: filters.sort });

function titleOf(filters: Filters): string {
  if (isInbox(filters)) return en.queue.inbox;
  if (filters.states.length === 0) return en.queue.all;
  return isOpen(filters) ? en.queue.open : filters.states.map((state) => en.state[state]).join(', ');
}

function States({ filters }: { filters: Filters }) {
  const counts = countsFor(filters);
  const here = isInbox(filters);
  const known = OPEN.map((state) => counts[state]).filter((count) => count !== undefined);
  const total = known.length === OPEN.length ? known.reduce((sum, count) => sum + count, 0) : undefined;
  const entry = (name: string, states: State[], label: string, isHere: boolean, count: number | undefined) => (
    <li key={name}>
      <a class="side-link" href={link({ ...filters, states })} aria-current={isHere ? 'page' : undefined}>
        <span class={`dot dot-${name}`} aria-hidden="true" />
        {label}
        {count !== undefined && <span class="side-count">{count.toLocaleString('en')}</span>}
      </a>
    </li>
  );
  const one = (state: State) => entry(state, [state], en.state[state], filters.states.length === 1 && filters.states[0] === state, counts[state]);
  const first: State[] = ['awaiting_approval', 'generating', 'pending', 'approved', 'published', 'failed'];
  return (
    <nav class="side" aria-label={en.queue.states}>
      <ul>
        {may(me.value, 'editor') && (
          <>
            <li><a class="side-link" href={link(inbox())} aria-current={here ? 'page' : undefined}>{en.queue.inbox}</a></li>
            <li class="side-gap" aria-hidden="true" />
          </>
        )}
        {first.map(one)}
        <li class="side-gap" aria-hidden="true" />
        {STATES.filter((state) => !first.includes(state)).map(one)}
        <li class="side-gap" aria-hidden="true" />
        {entry('open', OPEN, en.queue.open, isOpen(filters) && !here, total)}
        {entry('all', [], en.queue.all, filters.states.length === 0, undefined)}
      </ul>
    </nav>
  );
}

const reviewOf = (task: Task, decide?: string) => address(['tasks', task.task_id], { decide });

function Table({ filters }: { filters: Filters }) {
  const shown = tasks.value;
  const current = shown?.find((task) => task.task_id === focused.value) ?? null;
  const step = (by: 1 | -1) => () => {
    focused.value = neighbour(focused.value, by)?.task_id ?? focused.value;
  };
  const open = (decide?: string) => () => {
    if (current) go(reviewOf(current, decide));
  };
  const decides = may(me.value, 'editor') && current?.status === 'awaiting_approval';
  useKeys({
    j: step(1),
    k: step(-1),
    ArrowDown: step(1),
    ArrowUp: step(-1),
    ...(decides ? { a: open('approve'), r: open('reject'), c: open('changes') } : {}),
    ...(current && mayEdit(current, me.value) ? { e: () => go(address(['tasks', current.task_id, 'edit'])) } : {}),
  });
  if (shown === null) return problem.value ? null : <Loading label={en.queue.loading} />;
  if (shown.length === 0) return <Nothing filters={filters} />;
  const columns = en.queue.columns;
  const withState = filters.states.length !== 1;
  return (
    <>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{columns.title}</th>
            <th scope="col" class="wide">{columns.by}</th>
            <th scope="col" class="wide">{columns.assignee}</th>
            {withState && <th scope="col">{columns.state}</th>}
            <th scope="col" class="right">{columns.score}</th>
            <th scope="col" class="right wide">{columns.cost}</th>
            <th scope="col" class="right">{columns.age}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((task) => (
            <Row key={task.task_id} task={task} filters={filters} withState={withState} current={task === current} />
          ))}
        </tbody>
      </table>
      <footer class="table-foot">
        <span class="muted" role="status">{en.queue.shown(shown.length, hasMore.value)}</span>
        <More />
      </footer>
    </>
  );
}

function More() {
  if (!hasMore.value) return null;
  return <button type="button" class="button" disabled={loadingMore.value} onClick={() => void loadMore()}>{en.queue.more}</button>;
}

interface RowProps {
  task: Task;
  filters: Filters;
  withState: boolean;
  current: boolean;
}

function Row({ task, filters, withState, current }: RowProps) {
  const anchor = useRef<HTMLAnchorElement>(null);
  // At once: a focus that waits for the next paint would, after another key, take the keyboard back to a row that it has left, and
  // the two rows would pass it to each other for ever.
  useLayoutEffect(() => {
    // Not from under somebody's fingers: a list that is loaded anew has its row again while they type a search.
    if (current && !isTyping(document.activeElement)) anchor.current?.focus();
  }, [current]);
  return (
    <tr class={current ? 'row row-current' : 'row'} onClick={(event) => event.target instanceof HTMLAnchorElement || go(reviewOf(task))}>
      <td class="row-title">
        <a ref={anchor} href={reviewOf(task)} onFocus={() => (focused.value = task.task_id)}>
          {task.title ?? task.topic}
        </a>
        <div class="row-more">
          <span>{en.type[task.task_type]}</span>
          {task.live_revision != null && task.status !== 'published' && <span class="badge badge-good">{en.queue.live}</span>}
          {task.publish_at != null && task.status === 'approved' && <span>{en.queue.scheduled(local(task.publish_at))}</span>}
          {task.status === 'generating' && <Progress task={task} />}
          {task.error && <span class="bad">{task.error.message}</span>}
          {task.tags.map((tag) => (
            <a key={tag} class="tag" href={link({ ...filters, tag })} title={en.queue.onlyTag(tag)}>{tag}</a>
          ))}
          {task.language && task.language !== 'en' && <span>{languageName(task.language)}</span>}
        </div>
      </td>
      <td class="wide muted">{task.requested_by}</td>
      <td class="wide muted">{task.assignee}</td>
      {withState && <td><StateBadge state={task.status} /></td>}
      <td class="right"><Score value={task.quality_score} /></td>
      <td class="right wide"><Money amount={task.cost_usd} /></td>
      <td class="right muted nowrap"><Age at={task.created_at} /></td>
    </tr>
  );
}

function Progress({ task }: { task: Task }) {
  return (
    <span class="progress-line">
      <progress max={100} value={task.progress.percentage} aria-label={task.progress.message} />
      {task.progress.message}
    </span>
  );
}

function Nothing({ filters }: { filters: Filters }) {
  const { title, hint } = isNarrowed(filters) ? en.queue.empty.narrowed : filters.states.includes('awaiting_approval') ? en.queue.empty.awaiting_approval : en.queue.empty.other;
  return (
    <Empty title={title} hint={hasMore.value ? en.queue.empty.soFar : hint}>
      <More />
      {isNarrowed(filters) && <a class="button" href={link({ ...read(new URLSearchParams()), states: filters.states })}>{en.queue.clear}</a>}
      {may(me.value, 'author') && <a class="button button-primary" href="#/new">{en.nav.ask}</a>}
    </Empty>
  );
}
