// Two people wrote at the same time. Both texts and what they began with can be seen; nothing is dropped.
import { useMemo, useState } from 'preact/hooks';

import type { Revision } from '../../api/types';
import { en } from '../../strings';
import { type Part, words } from '../../text/diff';
import { Dialog } from '../../ui/parts';
import { type TextForm, textIn } from './typed';

interface Props {
  mine: string;
  theirs: Revision;
  base: Revision;
  form: TextForm;
  keepMine: () => void;
  takeTheirs: () => void;
}

type Side = 'mine' | 'theirs';

export function Conflict({ mine, theirs, base, form, keepMine, takeTheirs }: Props) {
  const [side, setSide] = useState<Side>('theirs');
  const parts = useMemo(() => words(textIn(base, form), side === 'mine' ? mine : textIn(theirs, form)), [side]);
  return (
    <Dialog label={en.edit.conflict} kind="conflict">
      <h2>{en.edit.conflict}</h2>
      <p class="muted">{en.edit.conflictLead}</p>
      <div class="segmented conflict-sides" role="group" aria-label={en.changes.layout}>
        {(['theirs', 'mine'] as const).map((name) => (
          <button key={name} type="button" aria-pressed={side === name} onClick={() => setSide(name)}>
            {name === 'mine' ? en.edit.mine : en.edit.theirs(theirs.revision)}
          </button>
        ))}
      </div>
      <p class="muted small">{en.edit.base(base.revision)}</p>
      <pre class="source-text diff" tabIndex={0} aria-label={side === 'mine' ? en.edit.mine : en.edit.theirs(theirs.revision)}>{parts.map(drawn)}</pre>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={takeTheirs}>{en.edit.takeTheirs}</button>
        <button type="button" class="button button-primary" autoFocus onClick={keepMine}>{en.edit.keepMine}</button>
      </footer>
    </Dialog>
  );
}

function drawn(part: Part, at: number) {
  if (part.change === 'added') return <ins key={at}>{part.text}</ins>;
  if (part.change === 'removed') return <del key={at}>{part.text}</del>;
  return <span key={at}>{part.text}</span>;
}
