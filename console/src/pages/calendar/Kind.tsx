// The marks of what stands in a calendar: each has a shape of its own, so that nobody has to tell colours apart.
import type { JSX } from 'preact';

import { type Kind, words } from './strings';

const SHAPES: Record<Kind, JSX.Element> = {
  planned: <circle cx="8" cy="8" r="6" fill="none" stroke-dasharray="2.6 2.1" />,
  in_work: (
    <>
      <path d="M2.5 13.5 3.4 10 10.6 2.8a1.8 1.8 0 0 1 2.6 2.6L6 12.6z" fill="none" />
      <path d="M9 4.4 11.6 7" fill="none" />
    </>
  ),
  waiting: <path d="M8 1.8 14.6 13.6H1.4zM8 6.4v3.4M8 11.6v.4" fill="none" />,
  approved: <path d="M2.5 8h10M9 4.2 12.8 8 9 11.8" fill="none" />,
  scheduled: <path d="M8 2a6 6 0 1 0 .01 0M8 4.6V8l2.5 1.6" fill="none" />,
  published: (
    <>
      <circle cx="8" cy="8" r="6.4" class="kind-solid" />
      <path d="m5.2 8.2 2 2 3.6-4.2" class="kind-cut" fill="none" />
    </>
  ),
};

export function KindMark({ kind }: { kind: Kind }) {
  return (
    <svg class={`kind kind-${kind}`} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[kind]}
    </svg>
  );
}

const SHOWN: Kind[] = ['planned', 'scheduled', 'published', 'waiting', 'in_work'];

export function Legend() {
  return (
    <ul class="cal-legend" aria-label={words.legend}>
      {SHOWN.map((kind) => (
        <li key={kind} title={words.means[kind]}>
          <KindMark kind={kind} />
          {words.kinds[kind]}
        </li>
      ))}
    </ul>
  );
}
