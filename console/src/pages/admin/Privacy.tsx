// Exports and erasures of what is kept of a person.
import { useEffect } from 'preact/hooks';

import { api, body } from '../../api/client';
import { told } from '../../api/problem';
import type { Job } from '../../api/types';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import type { FieldSpec } from '../../kit/form';
import { List, useList } from '../../kit/List';
import { account } from '../../keys/strings';
import { poll } from '../../shell/poll';
import { en } from '../../strings';
import { useOnce } from '../../ui/once';
import { type Page, query } from '../../ui/pages';
import { Moment } from '../../ui/parts';
import { say } from '../../ui/toasts';
import { hand } from './download';
import { admin } from './strings';

const words = admin.privacy;
const SUBJECT: FieldSpec = { name: 'subject', label: words.subject, hint: account.subjectHint };
const AGAIN: FieldSpec = { name: 'again', label: words.again, kind: 'again', of: 'subject' };
/** How often to look while a job runs. */
const EVERY_MS = 5_000;

export function Privacy() {
  const list = useList<Job>((cursor) => body(api.GET('/api/privacy/jobs', { params: { query: query(cursor) } })) as Promise<Page<Job>>);
  const [dialog, ask] = useAsk();
  const [busy, once] = useOnce();
  const runs = list.shown?.data.some((job) => job.status === 'running') ?? false;
  useEffect(() => (runs ? poll(async () => list.reload(), () => EVERY_MS) : undefined), [runs]);
  const begin = (kind: Job['kind']) => async (asked: { subject: string }, key: string) => {
    const options = { params: { header: { 'Idempotency-Key': key } }, body: asked };
    await body(kind === 'export' ? api.POST('/api/privacy/export', options) : api.POST('/api/privacy/erase', options));
    say(words.begun);
    list.reload();
  };
  const exportIt = () => ask({ title: words.exportTitle, lead: words.exportLead, fields: [SUBJECT], send: words.exportSend, act: begin('export') });
  const erase = () => ask({ title: words.eraseTitle, lead: words.eraseLead, fields: [SUBJECT, AGAIN], send: words.eraseSend, tone: 'bad', act: begin('erase') });
  const download = (job: Job, n: number) =>
    once(async () => {
      try {
        const part = await body(api.GET('/api/privacy/jobs/{job_id}/parts/{n}', { params: { path: { job_id: job.job_id, n } } }));
        hand(`${job.job_id}-${n}.json`, JSON.stringify(part, null, 2));
      } catch (error) {
        list.setProblem(told(error));
      }
    });
  return (
    <>
      <Head title={en.admin.privacy} lead={words.lead}>
        <button type="button" class="button button-primary" onClick={exportIt}>{words.exportIt}</button>
        <button type="button" class="button kit-bad" onClick={erase}>{words.erase}</button>
      </Head>
      <List
        label={en.admin.privacy}
        list={list}
        id={(job) => job.job_id}
        empty={words.empty}
        columns={[
          { name: words.columns.what, cell: (job) => <strong>{words.kind[job.kind]}</strong> },
          { name: words.columns.subject, cell: (job) => job.subject },
          { name: words.columns.status, cell: (job) => <span class={TONE[job.status]}>{words.status[job.status]}</span> },
          { name: words.columns.tasks, kind: 'right', cell: (job) => job.tasks.toLocaleString('en') },
          { name: words.columns.begun, cell: (job) => <span class="muted"><Moment at={job.created_at} /> {admin.by(job.requested_by)}</span> },
          { name: words.columns.parts, cell: (job) => <Parts job={job} busy={busy} download={download} /> },
        ]}
      />
      {dialog}
    </>
  );
}

const TONE: Record<Job['status'], string> = { running: 'muted', done: 'good', failed: 'bad' };

function Parts({ job, busy, download }: { job: Job; busy: boolean; download: (job: Job, n: number) => void }) {
  if (job.status !== 'done' || job.parts === 0) return <span class="muted">{words.noParts}</span>;
  return (
    <>
      {Array.from({ length: job.parts }, (_, nth) => nth + 1).map((n) => (
        <button key={n} type="button" class="button button-small" disabled={busy} aria-label={words.download(n, job.job_id)} onClick={() => download(job, n)}>{words.part(n)}</button>
      ))}
    </>
  );
}
