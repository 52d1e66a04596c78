// The queue: what there is to review, in a table that the keyboard walks.
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

import { pace } from '../../api/client';
import { may, type State, type Task } from '../../api/types';
import { address, become, go, place } from '../../router';
import { me } from '../../session/session';
import { useKeys } from '../../shell/keys';
import { en } from '../../strings';
import { Age, Empty, Loading, Money, Score, StateBadge, Trouble } from '../../ui/parts';
import { languageName, local } from '../../ui/format';
import { type Filters, SORTS, STATES, type Sort, TYPES, link, read } from './filters';
import { focused, hasMore, load, loadMore, neighbour, problem, reload, show, tasks } from './list';

/** How often the list is asked for while it is looked at. */
const OFTEN_MS = 4_000;
const SELDOM_MS = 15_000;

export function Queue() {
  const filters = read(place.value.query);
  // The words and the order are of what was loaded: the list is asked for anew for nothing else.
  const asked = `${filters.state} ${filters.type}`;
  useEffect(() => show(filters), [link(filters)]);
  useEffect(() => {
    void load(filters);
    let timer = 0;
    const again = () => {
      timer = window.setTimeout(async () => {
        if (document.visibilityState === 'visible') await reload();
        again();
      }, pace(OFTEN_MS, SELDOM_MS));
    };
    again();
    return () => clearTimeout(timer);
  }, [asked]);
  return (
    <div class="queue">
      <States filters={filters} />
      <section class="queue-main" aria-labelledby="queue-title">
        <header class="page-head">
          <h1 id="queue-title">{filters.state === 'all' ? en.queue.all : en.state[filters.state]}</h1>
          <Narrow filters={filters} />
        </header>
        {problem.value && <Trouble problem={problem.value} again={() => void load(filters)} />}
        <Table filters={filters} />
      </section>
    </div>
  );
}

function States({ filters }: { filters: Filters }) {
  const entry = (state: State | 'all', label: string) => (
    <li key={state}>
      <a class="side-link" href={link({ ...filters, state })} aria-current={filters.state === state ? 'page' : undefined}>
        <span class={`dot dot-${state}`} aria-hidden="true" />
        {label}
      </a>
    </li>
  );
  const first: State[] = ['awaiting_approval', 'generating', 'pending', 'approved', 'published', 'failed'];
  const closed = STATES.filter((state) => !first.includes(state));
  return (
    <nav class="side" aria-label={en.queue.states}>
      <ul>
        {first.map((state) => entry(state, en.state[state]))}
        <li class="side-gap" aria-hidden="true" />
        {closed.map((state) => entry(state, en.state[state]))}
        {entry('all', en.queue.all)}
      </ul>
    </nav>
  );
}

function Narrow({ filters }: { filters: Filters }) {
  return (
    <div class="narrow">
      <label class="sr-only" for="filter-words">{en.queue.words}</label>
      <input
        id="filter-words"
        type="search"
        class="select"
        placeholder={en.queue.words}
        value={filters.words}
        onInput={(event) => become(link({ ...filters, words: event.currentTarget.value }))}
      />
      <label class="sr-only" for="filter-sort">{en.queue.sort}</label>
      <select id="filter-sort" class="select" value={filters.sort} onChange={(event) => become(link({ ...filters, sort: event.currentTarget.value as Sort }))}>
        {SORTS.map((sort) => <option key={sort} value={sort}>{en.queue.sorts[sort]}</option>)}
      </select>
      <label class="sr-only" for="filter-type">{en.queue.filterType}</label>
      <select
        id="filter-type"
        class="select"
        value={filters.type ?? ''}
        onChange={(event) => go(link({ ...filters, type: TYPES.find((type) => type === event.currentTarget.value) ?? null }))}
      >
        <option value="">{en.queue.anyType}</option>
        {TYPES.map((type) => <option key={type} value={type}>{en.type[type]}</option>)}
      </select>
      <div class="segmented" role="group" aria-label={en.queue.filterWhose}>
        {([false, true] as const).map((mine) => (
          <a key={String(mine)} href={link({ ...filters, mine })} aria-current={filters.mine === mine ? 'true' : undefined}>
            {mine ? en.queue.whose.mine : en.queue.whose.all}
          </a>
        ))}
      </div>
    </div>
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
    ...(current && may(me.value, 'author') ? { e: () => go(address(['tasks', current.task_id, 'edit'])) } : {}),
  });
  if (shown === null) return problem.value ? null : <Loading label={en.queue.loading} />;
  if (shown.length === 0) return <Nothing filters={filters} />;
  const columns = en.queue.columns;
  return (
    <>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{columns.title}</th>
            <th scope="col" class="wide">{columns.by}</th>
            {filters.state === 'all' && <th scope="col">{columns.state}</th>}
            <th scope="col" class="right">{columns.score}</th>
            <th scope="col" class="right wide">{columns.cost}</th>
            <th scope="col" class="right">{columns.age}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((task) => (
            <Row key={task.task_id} task={task} withState={filters.state === 'all'} current={task === current} />
          ))}
        </tbody>
      </table>
      <footer class="table-foot">
        <span class="muted" role="status">{en.queue.shown(shown.length, hasMore.value)}</span>
        {hasMore.value && (
          <button type="button" class="button" onClick={() => void loadMore()}>{en.queue.more}</button>
        )}
      </footer>
    </>
  );
}

function Row({ task, withState, current }: { task: Task; withState: boolean; current: boolean }) {
  const anchor = useRef<HTMLAnchorElement>(null);
  // At once: a focus that waits for the next paint would, after another key, take the keyboard back to a row that it has left, and
  // the two rows would pass it to each other for ever.
  useLayoutEffect(() => {
    if (current) anchor.current?.focus();
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
          {task.tags.map((tag) => <span key={tag} class="tag">{tag}</span>)}
          {task.language && task.language !== 'en' && <span>{languageName(task.language)}</span>}
        </div>
      </td>
      <td class="wide muted">{task.requested_by}</td>
      {withState && <td><StateBadge state={task.status} /></td>}
      <td class="right"><Score value={task.quality_score} /></td>
      <td class="right wide"><Money amount={task.cost_usd} /></td>
      <td class="right muted nowrap"><Age at={task.updated_at} /></td>
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
  const { title, hint } = filters.words !== '' || filters.mine ? en.queue.empty.narrowed : filters.state === 'awaiting_approval' ? en.queue.empty.awaiting_approval : en.queue.empty.other;
  return (
    <Empty title={title} hint={hint}>
      {may(me.value, 'author') && <a class="button button-primary" href="#/new">{en.nav.ask}</a>}
    </Empty>
  );
}
