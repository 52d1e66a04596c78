// Whether a schedule runs, and why not.
import type { Plan } from '../../api/types';
import { Moment } from '../../ui/parts';
import { words } from './strings';

export function Standing({ of: { pause, next_at } }: { of: Plan }) {
  if (pause) {
    return (
      <>
        <span class="badge badge-wants">{words.paused}</span>
        <p class="small schedule-because">{words.because[pause.because]} <span class="muted"><Moment at={pause.since} /></span></p>
      </>
    );
  }
  return next_at ? <span class="badge badge-good">{words.active}</span> : <span class="badge">{words.over}</span>;
}
