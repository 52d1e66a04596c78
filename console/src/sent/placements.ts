// What can be done about a copy of an article on a target, by where it stands.
import { type Me, type Placement, may } from '../api/types';

/** `again`: tried once more. `overwrite`, `keep`: whose text counts, where the copy was changed there by hand. */
export type Way = 'again' | 'overwrite' | 'keep';

export function waysOf({ status }: Placement, me: Me | null): Way[] {
  if (!may(me, 'editor')) return [];
  if (status === 'conflict') return ['again', 'overwrite', 'keep'];
  if (status === 'kept') return ['overwrite'];
  return status === 'failed' || status === 'held' ? ['again'] : [];
}
