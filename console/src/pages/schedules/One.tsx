// A schedule: what it does, what comes next, and what came of its runs.
import type { ComponentChildren } from 'preact';

import { api, body } from '../../api/client';
import { type Run, type Schedule, may } from '../../api/types';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import { useList } from '../../kit/List';
import { useRead } from '../../kit/read';
import { Pairs, Reading } from '../../kit/Reading';
import { address } from '../../router';
import { me } from '../../session/session';
import { en } from '../../strings';
import { now } from '../../ui/clock';
import { dollars, languageName } from '../../ui/format';
import { type Page, query } from '../../ui/pages';
import { dayIn } from '../../ui/zoned';
import { Coming } from './Coming';
import { bounds, inWords } from './rule';
import { Runs } from './Runs';
import { Standing } from './Standing';
import { words } from './strings';
import { pausing, removing, runningNow } from './ways';

const said = words.one;

export function One({ id }: { id: string }) {
  const path = { schedule_id: id };
  const read = useRead(() => body(api.GET('/api/schedules/{schedule_id}', { params: { path } })) as Promise<Schedule>);
  const runs = useList<Run>((cursor) => body(api.GET('/api/schedules/{schedule_id}/runs', { params: { path, query: query(cursor) } })) as Promise<Page<Run>>);
  const [dialog, ask] = useAsk();
  const again = () => {
    void read.reload();
    runs.reload();
  };
  const known = read.value;
  return (
    <>
      <p><a href={address(['schedules'])}>{said.back}</a></p>
      <Head title={known?.name ?? en.nav.schedules} lead={known && <>{inWords(known.rule)}</>}>
        {known && may(me.value, 'editor') && (
          <>
            <button type="button" class="button" onClick={() => ask(runningNow(known, again))}>{said.run}…</button>
            <button type="button" class="button" onClick={() => ask(pausing(known, me.value, again))}>{known.pause ? said.resume : said.pause}…</button>
            <a class="button" href={address(['schedules', id, 'edit'])}>{said.change}</a>
            <button type="button" class="button kit-bad" onClick={() => ask(removing(known))}>{said.remove}…</button>
          </>
        )}
      </Head>
      <Reading of={read}>
        {(schedule) => (
          <>
            <About of={schedule} />
            {/* What comes next is another with each change of it. */}
            <Coming key={schedule.updated_at} of={schedule} ask={ask} done={again} />
            <Runs of={schedule} list={runs} />
          </>
        )}
      </Reading>
      {dialog}
    </>
  );
}

const text = (value: unknown): string | null => (typeof value === 'string' || typeof value === 'number' ? String(value) : null);

/** What its tasks are asked for with, in a line. */
function asks({ request }: Schedule): string {
  const type = text(request['task_type']);
  const length = Number(request['target_length'] ?? 1500);
  const language = text(request['language']);
  const all = [
    type === null ? en.type.blog_post : (en.type[type as keyof typeof en.type] ?? type),
    said.words(length),
    language && languageName(language),
    request['publish_mode'] === 'publish' ? said.noReview : said.review,
  ];
  return all.filter(Boolean).join(', ');
}

function About({ of: schedule }: { of: Schedule }) {
  const { rule, topics, topics_used, max_cost_usd, max_cost_usd_per_month } = schedule;
  const more = bounds(rule, dayIn(rule.zone, now.value));
  const pairs: [string, ComponentChildren][] = [
    [said.state, <Standing of={schedule} />],
    [said.when, <>{inWords(rule)}{more && `, ${more}`}</>],
    [said.topic, text(schedule.request['topic'])],
    [said.asks, asks(schedule)],
  ];
  if (topics.length > 0) pairs.push([said.topics, said.topicsOf(Math.max(0, topics.length - topics_used), topics.length, topics[topics_used])]);
  pairs.push(
    [said.owner, <>{schedule.owner} <span class="muted small">{said.ownerHint}</span></>],
    [said.each, max_cost_usd ? dollars(max_cost_usd) : said.usual],
    [said.month, max_cost_usd_per_month ? dollars(max_cost_usd_per_month) : said.noMonth],
    [said.overlap, words.overlap[schedule.overlap]],
    [said.missed, words.missed[schedule.missed]],
    [said.made, schedule.made.toLocaleString('en')],
  );
  return (
    <section class="kit-card" aria-label={said.about}>
      <Pairs all={pairs} />
    </section>
  );
}
