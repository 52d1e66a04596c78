// What speaks for and against a text: blockers, scores, sources, what cleaning took out.
import type { ComponentChildren } from 'preact';

import type { Blocker, Evidence, Quality, Revision } from '../../api/types';
import { en } from '../../strings';
import { blocks } from '../../text/blocks';
import { Section } from '../../ui/Section';

export function Blockers({ blockers, find }: { blockers: readonly Blocker[]; find: (quote: string) => void }) {
  const evidence = (one: Evidence, at: number) => (
    <li key={at}>
      {one.quote === '' ? (
        <span class="muted">{en.facts.whole}</span>
      ) : (
        <button type="button" class="quote" onClick={() => find(one.quote)}>{one.quote}</button>
      )}
      {one.quote !== '' && <span class="muted small"> {en.facts.under(one.place)}</span>}
    </li>
  );
  return (
    <Section title={en.facts.blockers} count={blockers.length}>
      {blockers.length === 0 && <p class="muted">{en.facts.noBlockers}</p>}
      <ul class="blockers">
        {blockers.map((blocker) => (
          <li key={blocker.code} class="blocker">
            <p class="blocker-message">{sentence(blocker.message)}</p>
            <code class="small muted">{blocker.code}</code>
            {blocker.evidence && blocker.evidence.length > 0 && <ul class="evidence">{blocker.evidence.map(evidence)}</ul>}
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** A suggestion says first which score it would raise, by the API's name for it. */
function named(text: string): string {
  const [, name = '', rest = ''] = /^(\w+): (.*)$/s.exec(text) ?? [];
  return en.facts.score[name] === undefined ? text : `${en.facts.score[name]}: ${rest}`;
}

export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

export function Scores({ revision }: { revision: Revision }) {
  const { quality, quality_score: overall } = revision;
  const chosen = revision.drafts.find((draft) => draft.chosen);
  return (
    <Section title={en.facts.scores}>
      {overall == null ? (
        <p class="muted small">{en.facts.scoreHidden}</p>
      ) : (
        <p class="overall">
          <span class="overall-number">{overall}</span>
          <span class="muted">{en.facts.overall}</span>
        </p>
      )}
      <dl class="scores">
        {(Object.keys(en.facts.score) as (keyof Quality)[]).map((name) => (
          <div key={name} class="score" title={en.facts.scoresWhy[name]}>
            <dt>{en.facts.score[name]}</dt>
            <dd>
              <Measured value={quality[name]} />
            </dd>
            <dd class="score-why">{en.facts.scoresWhy[name]}</dd>
          </div>
        ))}
      </dl>
      <p class="muted small">{en.facts.judged(chosen?.method ?? 'pattern', chosen?.judge ?? null)}</p>
      {revision.suggestions.length > 0 && (
        <>
          <h3>{en.facts.suggestions}</h3>
          <ul class="plain-list">
            {revision.suggestions.map((text) => <li key={text}>{named(text)}</li>)}
          </ul>
        </>
      )}
    </Section>
  );
}

/** A score; what cannot be measured, as the readability of a language without a formula, has none. */
function Measured({ value }: { value: number | null | undefined }) {
  if (value == null) return <span class="muted">{en.facts.unmeasured}</span>;
  return (
    <>
      <meter min={0} max={100} low={60} high={80} optimum={100} value={value}>{value}</meter>
      <span class="number">{value}</span>
    </>
  );
}

const bare = (url: string) => url.replace(/^https?:\/\/(www\.)?/, '').replace(/[/#?]+$/, '');

interface SourcesProps {
  revision: Revision;
  /** Whether paragraphs without a link are marked in the preview. */
  marks: boolean;
  mark: (marks: boolean) => void;
}

export function Sources({ revision, marks, mark }: SourcesProps) {
  const all = blocks(revision.content ?? '');
  const links = new Set(all.flatMap((block) => block.links).map(bare));
  const known = new Set(revision.references.map((reference) => bare(reference.url)));
  const others = [...new Set(all.flatMap((block) => block.links))].filter((url) => /^https?:/.test(url) && !known.has(bare(url)));
  const unsourced = all.filter((block) => block.kind === 'p' && block.links.length === 0).length;
  return (
    <Section title={en.facts.sources} count={revision.references.length}>
      {revision.references.length === 0 && <p class="muted">{en.facts.noSources}</p>}
      <ul class="sources">
        {revision.references.map((reference) => (
          <li key={reference.url}>
            <Outside url={reference.url}>{reference.title}</Outside>
            <span class={links.has(bare(reference.url)) ? 'small good' : 'small muted'}>
              {links.has(bare(reference.url)) ? `✓ ${en.facts.linked}` : en.facts.notLinked}
            </span>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <>
          <h3>{en.facts.otherLinks}</h3>
          <ul class="sources">
            {others.map((url) => <li key={url}><Outside url={url}>{bare(url)}</Outside></li>)}
          </ul>
        </>
      )}
      <label class="check small">
        <input type="checkbox" checked={marks} onChange={(event) => mark(event.currentTarget.checked)} />
        <span>{en.facts.mark} <span class="muted">({en.facts.unsourced(unsourced)})</span></span>
      </label>
    </Section>
  );
}

/** A link that somebody else wrote: of the web alone, and told nothing of this page. */
export function Outside({ url, children }: { url: string; children: ComponentChildren }) {
  if (!/^https?:\/\//i.test(url)) return <span>{children}</span>;
  return <a href={url} target="_blank" rel="noopener noreferrer nofollow">{children}</a>;
}

export function Cleaned({ revision }: { revision: Revision }) {
  const { cleaned, removed } = revision;
  return (
    <Section title={en.facts.cleaned} count={cleaned.length + removed.length} open={cleaned.length + removed.length > 0}>
      {cleaned.length + removed.length === 0 && <p class="muted">{en.facts.noCleaned}</p>}
      <ul class="plain-list">
        {removed.map((one, at) => (
          <li key={`r${at}`}>
            {en.facts.cleanedWhat[one.what] ?? one.what} <span class="muted small">{en.facts.characters(one.length)}</span>
            {one.text && <blockquote class="removed-text">{one.text}</blockquote>}
          </li>
        ))}
        {cleaned.map((one, at) => (
          <li key={`c${at}`}>
            {en.facts.cleanedWhat[one.what] ?? one.what} <code>{one.name}</code>{' '}
            <span class="muted small">{[en.facts.times(one.count), en.facts.under(one.where)].filter(Boolean).join(', ')}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
