// Names for what the API sends, taken from its own document: a field that goes away there is an error here.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Task = Schemas['Task'];
export type Screen = Schemas['ReviewScreen'];
export type TaskPage = Schemas['TaskPage'];
export type Revision = Schemas['Revision'];
export type Event = Schemas['Event'];
export type Delivery = Schemas['Delivery'];
export type Placement = Schemas['Placement'];
export type Call = Schemas['Call'];
export type Blocker = Schemas['Blocker'];
export type Evidence = Schemas['Evidence'];
export type Quality = Schemas['Quality'];
export type Me = Schemas['Identity'];
export type Estimate = Schemas['Estimate'];
export type NewTask = Schemas['TaskRequest'];
export type ArticleLine = Schemas['ArticleLine'];
export type Article = Schemas['Article'];
export type State = Task['status'];
export type TaskType = Task['task_type'];
export type Role = Me['role'];

const RANK: Record<Role, number> = { viewer: 0, author: 1, editor: 2, admin: 3 };

/** Whether a caller of this role may do what needs `least`. */
export function may(me: Me | null, least: Role): boolean {
  return me !== null && RANK[me.role] >= RANK[least];
}
