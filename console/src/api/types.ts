// Names for what the API sends, taken from its own document: a field that goes away there is an error here.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Task = Schemas['Task'];
export type Screen = Schemas['ReviewScreen'];
export type TaskPage = Schemas['TaskPage'];
export type Revision = Schemas['Revision'];
export type Event = Schemas['Event'];
export type Comment = Schemas['Comment'];
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
export type Person = Schemas['Person'];
export type ApiKey = Schemas['Key'];
export type Act = Schemas['Act'];
export type Credential = Schemas['Credential'];
export type Source = Schemas['Source'];
export type Receipt = Schemas['Receipt'];
export type Refused = Schemas['RefusedWebhooks'];
export type Target = Schemas['Target'];
export type Settings = Schemas['Settings'];
export type SettingsChange = Schemas['SettingsChange'];
export type Usage = Schemas['Usage'];
export type Costs = Schemas['Costs'];
export type Budget = Schemas['Budget'];
export type Job = Schemas['Job'];
export type Health = Schemas['HealthReport'];
export type Stuck = Schemas['Stuck'];
export type DeadLetter = Schemas['DeadLetter'];
export type Lane = Schemas['Lane'];
export type Ended = Schemas['Ended'];
export type Flag = Schemas['FlagView'];
export type FlagChange = Schemas['FlagChange'];
export type Tenant = Schemas['Tenant'];
export type TenantCosts = Schemas['TenantCosts'];
export type Overrides = Schemas['Overrides'];
export type LimitsChange = Schemas['LimitsChange'];
export type InspectedTask = Schemas['InspectedTask'];
export type InspectedEvent = Schemas['InspectedEvent'];
export type InspectedDelivery = Schemas['InspectedDelivery'];
export type NearTask = Schemas['NearTask'];
export type Calendar = Schemas['Calendar'];
export type CalendarEntry = Schemas['CalendarEntry'];
export type CalendarConflict = Schemas['CalendarConflict'];
export type UnscheduledTask = Schemas['UnscheduledTask'];
export type CalendarFeed = Schemas['CalendarFeed'];
export type Plan = Schemas['PlannedSchedule'];
export type Schedule = Schemas['Schedule'];
export type Rule = Schemas['ScheduleRule'];
export type Run = Schemas['Run'];
export type Bodies = Pick<
  Schemas,
  | 'PersonRequest' | 'KeyRequest' | 'SourceRequest' | 'RotationRequest' | 'SettingsPatch' | 'FlagRequest' | 'LimitsPatch' | 'RedriveRequest'
  | 'TargetRequest' | 'NewSchedule' | 'SchedulePatch' | 'NewCalendarFeed'
>;
export type State = Task['status'];
export type TaskType = Task['task_type'];
export type Role = Me['role'];

const RANK: Record<Role, number> = { viewer: 0, author: 1, editor: 2, admin: 3 };

/** Operators are the admins of this tenant. */
const SYSTEM = 'system';

/** Whether a caller may do what needs `least`: a role, or to be an operator. */
export function may(me: Me | null, least: Role | 'operator'): boolean {
  if (me === null) return false;
  return least === 'operator' ? me.role === 'admin' && me.tenant === SYSTEM : RANK[me.role] >= RANK[least];
}
