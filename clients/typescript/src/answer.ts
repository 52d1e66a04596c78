// Names for what the API sends and takes, from its document. What may get new values is text at run time, whatever its type lists.
import type { components } from './schema.js';

type Schemas = components['schemas'];

export type Task = Schemas['Task'];
export type State = Schemas['TaskState'];
export type Decision = Schemas['Decision'];
export type Revision = Schemas['Revision'];
export type Delivery = Schemas['Delivery'];
export type Me = Schemas['Identity'];
export type NewTask = Schemas['TaskRequest'];
export type Edit = Schemas['EditRequest'];

const MOVES: readonly State[] = ['pending', 'generating'];
const OVER: readonly State[] = ['published', 'rejected', 'cancelled', 'archived', 'failed'];

/** Whether a worker has it, so that it changes without anybody's doing. */
export function moves(state: State): boolean {
  return MOVES.includes(state);
}

/** Whether nothing changes any more unless a person says so. */
export function isOver(state: State): boolean {
  return OVER.includes(state);
}
