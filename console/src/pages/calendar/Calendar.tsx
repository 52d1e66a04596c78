// What a tenant's days hold: planned, scheduled and live, with what is in work and waits beside it. The keyboard walks it.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { type CalendarEntry, may } from '../../api/types';
import { useAsk } from '../../kit/Ask';
import { address, become, place } from '../../router';
import { me } from '../../session/session';
import { useKeys } from '../../shell/keys';
import { en } from '../../strings';
import '../../styles/calendar.css';
import { now } from '../../ui/clock';
import { dollars, zone as ownZone } from '../../ui/format';
import { Key, Loading, Trouble } from '../../ui/parts';
import { dayAndMonth, dayIn, isZone, monthName, zones } from '../../ui/zoned';
import { calendarLink } from '../queue/list';
import { Conflicts } from './Conflicts';
import { type Shown, type View, dayAfter, entryId, link, neighbour, read, turned } from './days';
import { Drawer } from './Drawer';
import { Grid } from './Grid';
import { Legend } from './Kind';
import { type Loaded, spanOf, useCalendar } from './load';
import { movable, moving } from './move';
import { words } from './strings';

/** What has the keyboard: the element's id, and the entry if it is one. */
interface Focus {
  id: string;
  entry: CalendarEntry | null;
}

const usualZone = () => (isZone(ownZone()) ? ownZone() : 'UTC');
const todayIn = (zone: string) => dayIn(zone, now.value);
const DAY_KEYS = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'];

const current = () => read(place.value.query, todayIn, usualZone());

export function Calendar() {
  const shown = current();
  const { loaded, known, problem, reload } = useCalendar(shown);
  const [focus, setFocus] = useState<Focus | null>(null);
  // As it is, and not as it was drawn: of two keys between two paints the second goes on from the first.
  const held = useRef<Focus | null>(null);
  const take = (next: Focus) => {
    held.current = next;
    setFocus(next);
  };
  // At once, as in the queue: a key that is pressed before the next paint would be of the day before.
  useLayoutEffect(() => {
    if (focus) document.getElementById(focus.id)?.focus();
  }, [focus]);
  // Who opens a task from here comes back here.
  useEffect(() => {
    calendarLink.value = link(shown);
  });
  const show = (next: Shown) => become(link(next));
  const toDay = (day: string) => {
    show({ ...current(), day });
    take({ id: `day-${day}`, entry: null });
  };
  const step = (by: 1 | -1) => () => {
    // By its id: the days may have been read again since.
    const at = known.find((entry) => entryId(entry) === held.current?.id) ?? null;
    const next = neighbour(known, at, current().day, by);
    if (!next) return;
    show({ ...current(), day: next.date });
    take({ id: entryId(next), entry: next });
  };
  const view = (wanted: View) => () => {
    show({ ...current(), view: wanted });
    take({ id: `day-${current().day}`, entry: null });
  };
  const walks = Object.fromEntries(DAY_KEYS.map((key) => [key, () => toDay(dayAfter(key, current()) ?? current().day)]));
  const [dialog, ask] = useAsk();
  const move = (entry: CalendarEntry | null, day: string) => {
    if (!movable(entry, me.value)) return;
    ask(moving(entry, day, shown.zone, (to) => {
      show({ ...shown, day: to });
      reload();
    }));
  };
  useKeys({ ...walks, ...(movable(focus?.entry ?? null, me.value) ? { h: () => move(focus?.entry ?? null, shown.day) } : {}), j: step(1), k: step(-1), t: () => toDay(todayIn(shown.zone)), m: view('month'), w: view('week') });
  return (
    <div class="calendar">
      <Head shown={shown} show={show} />
      {problem && <Trouble problem={problem} again={reload} />}
      {loaded ? <Told shown={shown} loaded={loaded} /> : !problem && <Loading label={words.loading} />}
      <div class="cal-columns">
        <div class="cal-main">
          <Grid shown={shown} loaded={loaded} known={known} focused={(day, entry) => {
            const id = entry ? entryId(entry) : `day-${day}`;
            // What was drawn late does not take the keyboard back from where it is by now.
            if (held.current?.id === id) return;
            if (day !== current().day) show({ ...current(), day });
            take({ id, entry });
          }} move={move} />
          <Legend />
        </div>
        {loaded && <Drawer tasks={loaded.calendar.unscheduled} />}
      </div>
      {dialog}
    </div>
  );
}

function titleOf(shown: Shown): string {
  if (shown.view === 'month') return monthName(shown.day);
  const { from, to } = spanOf(shown);
  return `${dayAndMonth(from)} – ${dayAndMonth(to)} ${to.slice(0, 4)}`;
}

function Head({ shown, show }: { shown: Shown; show: (next: Shown) => void }) {
  const [before, after] = words.turn[shown.view];
  const tab = (name: View, key: string) => (
    <button type="button" aria-pressed={shown.view === name} aria-keyshortcuts={key} onClick={() => show({ ...shown, view: name })}>
      {words.views[name]} <Key of={key} />
    </button>
  );
  return (
    <header class="page-head">
      <h1>{words.title} <span class="cal-title">{titleOf(shown)}</span></h1>
      <div class="cal-ways">
        <div class="cal-turn">
          <button type="button" class="button" aria-label={before} title={before} onClick={() => show(turned(shown, -1))}>‹</button>
          <button type="button" class="button" aria-keyshortcuts="t" onClick={() => show({ ...shown, day: todayIn(shown.zone) })}>{words.today} <Key of="t" /></button>
          <button type="button" class="button" aria-label={after} title={after} onClick={() => show(turned(shown, 1))}>›</button>
        </div>
        <div class="segmented" role="group" aria-label={words.view}>
          {tab('month', 'm')}
          {tab('week', 'w')}
        </div>
        <label class="inline-field cal-zone">
          {words.zone}
          <select class="select" value={shown.zone} onChange={(event) => show({ ...shown, zone: event.currentTarget.value })}>
            {zones(shown.zone, usualZone()).map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
        {may(me.value, 'editor') && <a class="button" href={address(['schedules', 'new'])}>{words.newSchedule}</a>}
      </div>
    </header>
  );
}

/** What is to be said of the days as a whole. */
function Told({ shown, loaded }: { shown: Shown; loaded: Loaded }) {
  const { data, forecast, complete } = loaded.calendar;
  const sum = (of: (day: (typeof forecast)[number]) => number) => forecast.reduce((total, day) => total + of(day), 0);
  const unpriced = sum((day) => day.unpriced);
  const money = (amount: number) => dollars(String(amount));
  return (
    <>
      {!complete && (
        <p class="notice notice-wants" role="status">
          {words.incomplete}
          {shown.view === 'month' && <button type="button" class="button button-small" onClick={() => become(link({ ...shown, view: 'week' }))}>{words.incompleteWeek}</button>}
        </p>
      )}
      {complete && data.length === 0 && <Nothing />}
      {forecast.length > 0 && (
        <p class="muted cal-forecast">
          {words.forecast(sum((day) => day.planned), money(sum((day) => Number(day.expected_usd))), money(sum((day) => Number(day.most_usd))))}{' '}
          {unpriced > 0 && words.unpriced(unpriced)}
        </p>
      )}
      <Conflicts loaded={loaded} zone={shown.zone} />
    </>
  );
}

function Nothing() {
  return (
    <div class="notice cal-empty" role="status">
      <p><strong>{words.empty.title}</strong> {words.empty.hint}</p>
      <p class="cal-ways">
        {may(me.value, 'editor') && <a class="button button-small" href={address(['schedules', 'new'])}>{words.newSchedule}</a>}
        {may(me.value, 'author') && <a class="button button-small" href={address(['new'])}>{en.nav.ask}</a>}
      </p>
    </div>
  );
}
