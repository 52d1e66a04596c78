// A page of one thing: what it shows while that is read, and where it cannot be.
import type { ComponentChildren } from 'preact';

import { Loading, Trouble } from '../ui/parts';
import type { Read } from './read';
import { kit } from './strings';

export function Reading<T>({ of, children }: { of: Read<T>; children: (value: T) => ComponentChildren }) {
  return (
    <>
      {of.problem && <Trouble problem={of.problem} again={() => void of.reload()} />}
      {of.value === null && of.problem === null && <Loading label={kit.loading} />}
      {of.value !== null && children(of.value)}
    </>
  );
}

/** Names with what stands behind each. */
export function Pairs({ all }: { all: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="pairs kit-pairs">
      {all.map(([name, what]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}
