// What changed between two revisions, inline or side by side.
import { useEffect, useMemo, useState } from 'preact/hooks';

import { type Problem, told } from '../../api/problem';
import type { Revision } from '../../api/types';
import { en } from '../../strings';
import { blocks } from '../../text/blocks';
import { type Part, type Row, counts, difference } from '../../text/diff';
import { Empty, Loading, Trouble } from '../../ui/parts';
import { type Review } from './load';

/** So many unchanged paragraphs around a change are shown, the others folded. */
const AROUND = 1;

export function Changes({ review, newest, shown }: { review: Review; newest: number; shown: Revision }) {
  const [from, setFrom] = useState(Math.max(1, shown.revision - 1));
  const [to, setTo] = useState(shown.revision);
  const [sides, setSides] = useState(false);
  const [pair, setPair] = useState<[Revision, Revision] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let wanted = true;
    const one = (number: number) => (number === shown.revision ? Promise.resolve(shown) : review.revision(number));
    setPair(null);
    if (newest > 1) {
      Promise.all([one(from), one(to)]).then(
        (both) => wanted && setPair(both),
        (error: unknown) => wanted && setProblem(told(error)),
      );
    }
    return () => {
      wanted = false;
    };
  }, [review, from, to, shown, newest]);
  if (newest < 2) return <Empty title={en.changes.only} hint="" />;
  const choose = (id: string, label: string, value: number, set: (n: number) => void) => (
    <label class="inline-field" for={id}>
      {label}
      <select id={id} class="select" value={String(value)} onChange={(event) => set(Number(event.currentTarget.value))}>
        {Array.from({ length: newest }, (_, at) => at + 1).map((n) => (
          <option key={n} value={String(n)}>{en.review.revision(n)}</option>
        ))}
      </select>
    </label>
  );
  return (
    <div class="changes">
      <div class="changes-head">
        {choose('changes-from', en.changes.from, from, setFrom)}
        {choose('changes-to', en.changes.to, to, setTo)}
        <div class="segmented" role="group" aria-label={en.changes.layout}>
          {([false, true] as const).map((value) => (
            <button key={String(value)} type="button" aria-pressed={sides === value} onClick={() => setSides(value)}>
              {value ? en.changes.sides : en.changes.inline}
            </button>
          ))}
        </div>
      </div>
      {problem && <Trouble problem={problem} />}
      {pair ? <Difference before={pair[0]} after={pair[1]} sides={sides} /> : !problem && <Loading label={en.loading} />}
    </div>
  );
}

function Difference({ before, after, sides }: { before: Revision; after: Revision; sides: boolean }) {
  const rows = useMemo(() => {
    const all = (revision: Revision) => [{ kind: 'h1', text: revision.title, links: [], pictures: [] }, ...blocks(revision.content ?? '')];
    return difference(all(before), all(after));
  }, [before, after]);
  const { added, removed } = counts(rows);
  if (rows.every((row) => row.change === 'same')) return <Empty title={en.changes.same} hint="" />;
  return (
    <>
      <p class="muted changes-sum" role="status">{en.changes.summary(added, removed)}</p>
      <div class={sides ? 'diff diff-sides' : 'diff'}>
        {folded(rows).map((run, at) =>
          typeof run === 'number' ? (
            <p key={at} class="diff-fold">{en.changes.unchanged(run)}</p>
          ) : sides ? (
            <Sides key={at} row={run} />
          ) : (
            <Inline key={at} row={run} />
          ),
        )}
      </div>
    </>
  );
}

/** The rows with long unchanged passages as their length. */
function folded(rows: readonly Row[]): (Row | number)[] {
  const near = rows.map((_, at) => rows.slice(Math.max(0, at - AROUND), at + AROUND + 1).some((row) => row.change !== 'same'));
  const out: (Row | number)[] = [];
  rows.forEach((row, at) => {
    const last = out.at(-1);
    if (near[at]) out.push(row);
    else if (typeof last === 'number') out[out.length - 1] = last + 1;
    else out.push(1);
  });
  return out;
}

const partsOf = (row: Row): Part[] => (row.change === 'edited' ? row.parts : [{ text: row.text, change: row.change }]);

function Inline({ row }: { row: Row }) {
  return <p class={`diff-row diff-${row.kind} diff-is-${row.change}`}>{partsOf(row).map(drawn)}</p>;
}

function Sides({ row }: { row: Row }) {
  const side = (hidden: Part['change']) => partsOf(row).filter((part) => part.change !== hidden);
  return (
    <div class={`diff-pair diff-is-${row.change}`}>
      <p class={`diff-row diff-${row.kind}`}>{side('added').map(drawn)}</p>
      <p class={`diff-row diff-${row.kind}`}>{side('removed').map(drawn)}</p>
    </div>
  );
}

function drawn(part: Part, at: number) {
  if (part.change === 'added') return <ins key={at}>{part.text}</ins>;
  if (part.change === 'removed') return <del key={at}>{part.text}</del>;
  return <span key={at}>{part.text}</span>;
}
