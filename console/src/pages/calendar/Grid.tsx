// The days of a month or a week, with what each holds; on a phone a list of the days that hold something.
import { useState } from 'preact/hooks';

import type { CalendarEntry, CalendarConflict } from '../../api/types';
import { address } from '../../router';
import { me } from '../../session/session';
import { en } from '../../strings';
import { now } from '../../ui/clock';
import { dollars, utc } from '../../ui/format';
import { dayIn, timeIn, weekdayAndDay } from '../../ui/zoned';
import { type Shown, entryId, gridOf, link } from './days';
import { KindMark } from './Kind';
import type { Loaded } from './load';
import { movable } from './move';
import { words } from './strings';

/** So many entries of a day are shown in a month; the week has them all. */
const MOST = 4;

/** Where an entry leads: to the review of its task, or to its occurrence at the schedule. */
export function hrefOf({ task_id, schedule_id, occurrence }: CalendarEntry): string | null {
  if (task_id) return address(['tasks', task_id]);
  return schedule_id ? address(['schedules', schedule_id], { at: occurrence }) : null;
}

function byDay(entries: readonly CalendarEntry[]): Map<string, CalendarEntry[]> {
  const days = new Map<string, CalendarEntry[]>();
  for (const entry of entries) days.set(entry.date, [...(days.get(entry.date) ?? []), entry]);
  return days;
}

interface GridProps {
  shown: Shown;
  loaded: Loaded | null;
  /** Those of the days that are shown, as far as they are known. */
  known: readonly CalendarEntry[];
  /** The keyboard has come to a day, or to an entry of it. */
  focused: (day: string, entry: CalendarEntry | null) => void;
  /** An entry was dragged to a day. */
  move: (entry: CalendarEntry, day: string) => void;
}

export function Grid({ shown, loaded, known, focused, move }: GridProps) {
  const [dragged, drag] = useState<CalendarEntry | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const today = dayIn(shown.zone, now.value);
  const entries = byDay(known);
  const clashes = new Set((loaded?.calendar.conflicts ?? []).map((conflict: CalendarConflict) => dayIn(shown.zone, conflict.at)));
  const costs = new Map((loaded?.calendar.forecast ?? []).map((day) => [day.date, day]));
  const day = (date: string) => (
    <td
      key={date}
      role="cell"
      onDragOver={(event) => {
        if (!dragged || dragged.date === date) return;
        event.preventDefault();
        setOver(date);
      }}
      onDragLeave={() => setOver(null)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(null);
        if (dragged) move(dragged, date);
      }}
      class={['cal-day', date === today && 'cal-today', date === shown.day && 'cal-here', date === over && 'cal-over', shown.view === 'month' && date.slice(0, 7) !== shown.day.slice(0, 7) && 'cal-other', !entries.has(date) && 'cal-free'].filter(Boolean).join(' ')}
    >
      <div class="cal-head">
        <DayLink date={date} shown={shown} today={today} count={entries.get(date)?.length ?? 0} focused={focused} />
        {clashes.has(date) && <span class="cal-clash" title={words.inTheWay} role="img" aria-label={words.inTheWay}>!</span>}
        <Cost of={costs.get(date)} />
      </div>
      <Entries date={date} shown={shown} all={entries.get(date) ?? []} names={loaded?.names} focused={focused} drag={drag} />
    </td>
  );
  return (
    <table class={`cal cal-${shown.view}`} role="table" aria-label={words.title}>
      <thead role="rowgroup">
        <tr role="row">
          {words.weekdays.map((name) => <th key={name} role="columnheader" scope="col"><abbr title={name}>{name.slice(0, 3)}</abbr></th>)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {gridOf(shown).map((week) => <tr key={week[0]} role="row">{week.map(day)}</tr>)}
      </tbody>
    </table>
  );
}

interface DayProps {
  date: string;
  shown: Shown;
  focused: GridProps['focused'];
}

function DayLink({ date, shown, today, count, focused }: DayProps & { today: string; count: number }) {
  return (
    <a
      id={`day-${date}`}
      class="cal-number"
      href={link({ ...shown, day: date, view: 'week' })}
      // One stop for the tabulator: from there the arrows walk.
      tabIndex={date === shown.day ? 0 : -1}
      aria-current={date === today ? 'date' : undefined}
      onFocus={() => focused(date, null)}
    >
      <span class="cal-short" aria-hidden="true">{Number(date.slice(8))}</span>
      <span class="cal-long">{weekdayAndDay(date)}</span>
      <span class="sr-only">: {words.things(count)}</span>
    </a>
  );
}

function Cost({ of: day }: { of: Loaded['calendar']['forecast'][number] | undefined }) {
  if (!day) return null;
  const { planned, expected_usd, most_usd, unpriced } = day;
  // What costs nothing, as an outline, needs no figure on each day.
  if (unpriced === 0 && Number(most_usd) === 0) return null;
  return (
    <span class="cal-cost number" title={words.costTitle(planned, dollars(expected_usd), dollars(most_usd), unpriced)}>
      {unpriced === planned ? words.costUnknown : words.cost(dollars(expected_usd))}
    </span>
  );
}

function Entries({ date, shown, all, names, focused, drag }: DayProps & { all: readonly CalendarEntry[] } & Pick<EntryProps, 'names' | 'drag'>) {
  const week = shown.view === 'week';
  const told = week || all.length <= MOST + 1 ? all : all.slice(0, MOST);
  const here = date === shown.day;
  return (
    <>
      <ul class="cal-entries">
        {told.map((entry) => <Entry key={entryId(entry)} entry={entry} shown={shown} here={here} names={names} focused={focused} drag={drag} />)}
      </ul>
      {told.length < all.length && (
        <a class="cal-more" href={link({ ...shown, day: date, view: 'week' })} tabIndex={here ? 0 : -1}>{words.more(all.length - told.length)}</a>
      )}
    </>
  );
}

interface EntryProps {
  entry: CalendarEntry;
  shown: Shown;
  here: boolean;
  names: Loaded['names'] | undefined;
  focused: GridProps['focused'];
  drag: (entry: CalendarEntry | null) => void;
}

function Entry({ entry, shown, here, names, focused, drag }: EntryProps) {
  const { kind, at, title, task_type, schedule_id } = entry;
  const href = hrefOf(entry);
  const moves = movable(entry, me.value);
  const name = schedule_id ? names?.get(schedule_id) : undefined;
  const inside = (
    <>
      <KindMark kind={kind} />
      <time class="number" dateTime={at} title={utc(at)}>{timeIn(shown.zone, at)}</time>
      <span class="cal-says">{words.kinds[kind]}: </span>
      <span class="cal-what">{title}</span>
      {shown.view === 'week' && (
        <span class="cal-about">{[words.kinds[kind], task_type && en.type[task_type], name !== undefined && name !== title && words.bySchedule(name)].filter(Boolean).join(' · ')}</span>
      )}
    </>
  );
  return (
    <li class={`cal-entry cal-is-${kind}`}>
      {href === null ? (
        <span class="cal-link">{inside}</span>
      ) : (
        <a
          id={entryId(entry)}
          class="cal-link"
          href={href}
          tabIndex={here ? 0 : -1}
          title={[`${words.kinds[kind]}: ${title}`, utc(at), moves && words.move.hint].filter(Boolean).join('\n')}
          aria-keyshortcuts={moves ? 'h' : undefined}
          draggable={moves}
          onDragStart={() => drag(entry)}
          onDragEnd={() => drag(null)}
          onFocus={() => focused(entry.date, entry)}
        >
          {inside}
        </a>
      )}
    </li>
  );
}
