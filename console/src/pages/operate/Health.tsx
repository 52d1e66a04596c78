// Whether the parts answer, how long the queues are, and what waits for somebody.
import { useEffect } from 'preact/hooks';

import { api, body } from '../../api/client';
import type { Health as Report } from '../../api/types';
import { Head } from '../../kit/Area';
import { Table } from '../../kit/List';
import { useRead } from '../../kit/read';
import { Pairs, Reading } from '../../kit/Reading';
import { kit } from '../../kit/strings';
import { address } from '../../router';
import { poll } from '../../shell/poll';
import { en } from '../../strings';
import { Moment } from '../../ui/parts';
import { ops } from './strings';

const words = ops.health;
/** Apart enough for what an admin may read in a minute. */
const EVERY_MS = 15_000;
const TONE: Record<Report['status'], string> = { ok: 'good', degraded: 'wants', unavailable: 'bad' };

export function Health() {
  const read = useRead<Report>(() => body(api.GET('/api/health')) as Promise<Report>);
  useEffect(() => poll(read.reload, () => EVERY_MS), []);
  return (
    <>
      <Head title={en.operate.health} lead={words.lead} />
      <Reading of={read}>{(report) => <Shown report={report} />}</Reading>
    </>
  );
}

function Shown({ report }: { report: Report }) {
  const breakers = report.open_breakers;
  return (
    <>
      <p class="kit-status" role="status"><span class={`badge badge-${TONE[report.status]}`}>{words.status[report.status]}</span></p>
      <Table
        label={words.parts}
        rows={report.components}
        id={(part) => part.name}
        columns={[
          { name: words.columns.name, cell: (part) => <strong>{part.name}</strong> },
          { name: words.columns.status, cell: (part) => <span class={part.status === 'ok' ? 'good' : 'bad'}>{part.status}</span> },
          { name: words.columns.depth, kind: 'right', cell: (part) => part.depth ?? kit.nothing },
          { name: words.columns.age, kind: 'right', cell: (part) => (part.age_s == null ? kit.nothing : kit.seconds(part.age_s)) },
        ]}
      />
      <Pairs
        all={[
          [words.breakers, breakers == null ? words.unreadBreakers : breakers.length === 0 ? words.noBreakers : <strong class="bad">{breakers.join(', ')}</strong>],
          [words.stuck, <Overdue key="stuck" stuck={report.stuck} />],
          [words.flags, <Held key="flags" flags={report.flags} />],
          [words.version, <code key="version">{report.version}</code>],
          [words.commit, <code key="commit">{report.commit ?? kit.nothing}</code>],
          [words.read, <Moment key="read" at={report.timestamp} />],
        ]}
      />
    </>
  );
}

/** What an operator has switched off, and may have forgotten. */
function Held({ flags }: { flags: Report['flags'] }) {
  if (flags == null) return <>{words.unreadFlags}</>;
  if (flags.length === 0) return <>{words.noFlags}</>;
  return (
    <>
      {flags.map((flag) => (
        <p key={flag.flag}>
          <a class={flag.enabled ? undefined : 'bad'} href={address(['operate', 'flags'])}>{words.held(flag.flag, flag.enabled, flag.percent, flag.tenants_off)}</a>
          {flag.since && <> {words.since} <Moment at={flag.since} /></>}
          {flag.by && <>, {words.by(flag.by)}</>}
          {flag.reason && <>: {flag.reason}</>}
        </p>
      ))}
    </>
  );
}

function Overdue({ stuck }: { stuck: Report['stuck'] }) {
  if (stuck == null) return <>{words.unreadStuck}</>;
  if (stuck.count === 0) return <>{words.noStuck}</>;
  return (
    <>
      <a class="bad" href={address(['operate', 'stuck'])}>{words.stuckCount(stuck.count)}</a>
      {stuck.worst && <p>{words.worst(stuck.worst.id, stuck.worst.reason, stuck.worst.resends)}</p>}
    </>
  );
}
