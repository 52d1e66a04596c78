// The occurrences that a schedule comes to next, as the calendar tells them; each can be left out.
import { useEffect, useRef, useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import { type Calendar, type CalendarEntry, type Schedule, may } from '../../api/types';
import type { Question } from '../../kit/Ask';
import { shifted } from '../../kit/chart';
import { Table } from '../../kit/List';
import { useRead } from '../../kit/read';
import { Reading } from '../../kit/Reading';
import { address, place } from '../../router';
import { me } from '../../session/session';
import { now } from '../../ui/clock';
import { utc } from '../../ui/format';
import { Empty } from '../../ui/parts';
import { dayIn, momentIn } from '../../ui/zoned';
import { occurrenceInWords } from './rule';
import { words } from './strings';
import { leavingOut } from './ways';

const said = words.coming;
/** As far as the calendar reaches at once. */
const DAYS = 91;
const SHOWN = 6;

interface ComingProps {
  of: Schedule;
  ask: (question: Question<unknown>) => void;
  done: () => void;
}

export function Coming({ of: schedule, ask, done }: ComingProps) {
  const { zone } = schedule.rule;
  const read = useRead(async () => {
    const from = dayIn(zone, now.value);
    const all = (await body(api.GET('/api/calendar', { params: { query: { from, to: shifted(from, DAYS), zone } } }))) as Calendar;
    return all.data.filter((entry) => entry.schedule_id === schedule.schedule_id);
  });
  return (
    <section class="kit-part" aria-label={said.title}>
      <header class="page-head">
        <h2>{said.title}</h2>
        <a class="button button-small" href={address(['calendar'], { zone, day: schedule.next?.slice(0, 10) })}>{said.toCalendar}</a>
      </header>
      <Reading of={read}>{(entries) => <Listed entries={entries} schedule={schedule} ask={ask} done={done} />}</Reading>
      {schedule.skipped.length > 0 && <p class="muted">{said.leftOut}: {schedule.skipped.map(occurrenceInWords).join('; ')}</p>}
    </section>
  );
}

function Listed({ entries, schedule, ask, done }: { entries: readonly CalendarEntry[]; schedule: Schedule } & Omit<ComingProps, 'of'>) {
  // Where somebody came from the calendar, the occurrence that they came for.
  const wanted = place.value.query.get('at');
  const [all, setAll] = useState(() => entries.findIndex((entry) => entry.occurrence === wanted) >= SHOWN);
  const row = useRef<HTMLTimeElement>(null);
  useEffect(() => row.current?.scrollIntoView({ block: 'center' }), []);
  if (entries.length === 0) return <Empty {...said.empty} />;
  const shown = all ? entries : entries.slice(0, SHOWN);
  const { zone } = schedule.rule;
  const when = (entry: CalendarEntry) => (
    <time ref={entry.occurrence === wanted ? row : null} dateTime={entry.at} title={utc(entry.at)}>
      {entry.occurrence === wanted ? <mark>{momentIn(zone, entry.at)}</mark> : momentIn(zone, entry.at)}
    </time>
  );
  return (
    <>
      <p class="muted small">{said.lead}</p>
      <Table
        label={said.title}
        rows={shown}
        id={(entry) => entry.at}
        name={(entry) => momentIn(zone, entry.at)}
        columns={[
          { name: said.columns.when, cell: when },
          { name: said.columns.topic, kind: 'long', cell: (entry) => entry.title },
        ]}
        {...(may(me.value, 'editor')
          ? { ways: ({ occurrence }: CalendarEntry) => (occurrence ? [{ label: words.one.skip, act: () => ask(leavingOut(schedule, occurrence, done)) }] : []) }
          : {})}
      />
      {shown.length < entries.length && <p><button type="button" class="button button-small" onClick={() => setAll(true)}>{said.all(entries.length)}</button></p>}
    </>
  );
}
