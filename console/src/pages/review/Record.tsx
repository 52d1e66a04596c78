// How a text came about: what was asked for, models and their cost, the history.
import { api, body } from '../../api/client';
import type { Event, Revision, Task } from '../../api/types';
import { en } from '../../strings';
import { languageName } from '../../ui/format';
import { Loading, Moment, Money, Trouble } from '../../ui/parts';
import { type Page, query, usePages } from '../../ui/pages';
import { Section } from '../../ui/Section';

export function Brief({ task }: { task: Task }) {
  const rows: [string, string | null | undefined][] = [
    [en.ask.topic, task.topic],
    [en.ask.type, en.type[task.task_type]],
    [en.ask.language, task.language ? languageName(task.language) : null],
    [en.ask.style, en.ask.words(task.style)],
    [en.ask.tone, en.ask.words(task.tone)],
    [en.ask.audience, task.target_audience],
    [en.ask.keyword, task.primary_keyword],
    [en.queue.columns.by, task.requested_by],
  ];
  return (
    <Section title={en.facts.brief} open={false}>
      <dl class="pairs">
        {rows.map(([name, value]) =>
          value ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
    </Section>
  );
}

/** The last decision, with what it was bound to. */
export function Decided({ task }: { task: Task }) {
  const { approval } = task;
  if (!approval) return null;
  return (
    <Section title={en.facts.decision}>
      <p>
        <strong>{approval.reviewer_id}</strong> {en.facts.event[approval.decision] ?? en.facts.left(approval.decision)}{' '}
        <span class="muted">{en.review.revision(approval.revision).toLowerCase()}, <Moment at={approval.at} /></span>
      </p>
      <blockquote class="removed-text">{approval.human_feedback}</blockquote>
      {approval.overrode.length > 0 && <p class="bad">{en.facts.overrode(approval.overrode.join(', '))}</p>}
      <p class="muted small">
        {en.facts.bound} <code title={approval.content_hash}>{approval.content_hash.slice(0, 16)}</code>
      </p>
    </Section>
  );
}

export function Costs({ task }: { task: Task }) {
  const phases = Object.keys(en.facts.phase).filter((phase) => phase in task.models || phase in task.cost_breakdown);
  return (
    <Section title={en.facts.cost}>
      {phases.length === 0 && <p class="muted">{en.facts.noCost}</p>}
      {phases.length > 0 && (
        <table class="mini">
          <tbody>
            {phases.map((phase) => {
              const routed = task.models[phase];
              return (
                <tr key={phase}>
                  <th scope="row">{en.facts.phase[phase]}</th>
                  <td>
                    {routed?.model ?? ''}
                    {routed?.reused && <div class="muted small">{en.facts.reused}</div>}
                    {routed?.reason && <div class="muted small">{routed.reason}</div>}
                  </td>
                  <td class="right"><Money amount={task.cost_breakdown[phase] ?? '0'} /></td>
                </tr>
              );
            })}
            <tr class="mini-total">
              <th scope="row">{en.facts.total}</th>
              <td />
              <td class="right"><Money amount={task.cost_usd} /></td>
            </tr>
          </tbody>
        </table>
      )}
    </Section>
  );
}

export function History({ task }: { task: Task }) {
  const path = { task_id: task.task_id };
  const { shown, problem, older } = usePages<Event>(
    (cursor) => body(api.GET('/api/content/tasks/{task_id}/events', { params: { path, query: query(cursor) } })) as Promise<Page<Event>>,
    task.version,
  );
  return (
    <Section title={en.facts.history}>
      {problem && <Trouble problem={problem} />}
      {!shown && !problem && <Loading label={en.loading} />}
      <ol class="timeline">
        {shown?.data.map((event) => (
          <li key={event.event_id} class={`moved moved-${event.to}`}>
            <p>
              <strong>{who(event)}</strong> {en.facts.event[event.event] ?? en.facts.left(event.event)}
              {event.about && ` ${event.about}`}
              {event.revision != null && <span class="muted"> · {en.review.revision(event.revision).toLowerCase()}</span>}
            </p>
            {event.reason && <blockquote>{event.reason}</blockquote>}
            <p class="muted small"><Moment at={event.at} /></p>
          </li>
        ))}
      </ol>
      {older && <button type="button" class="button button-small" onClick={older}>{en.facts.more}</button>}
    </Section>
  );
}

function who(event: Event): string {
  return 'subject' in event.actor ? event.actor.subject : (en.facts.by[event.actor.kind] ?? event.actor.kind);
}

export function writtenBy(revision: Revision): string {
  const author = revision.author;
  if (author.kind === 'model') return author.model;
  return 'subject' in author ? author.subject : (en.facts.author[author.kind] ?? author.kind);
}
