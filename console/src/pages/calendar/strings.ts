// What the calendar says, in English.
import type { CalendarConflict, CalendarEntry, UnscheduledTask } from '../../api/types';
import { plural } from '../../strings';

export type Kind = CalendarEntry['kind'] | UnscheduledTask['kind'];

export const words = {
  loading: 'Loading the calendar',
  title: 'Calendar',
  views: { month: 'Month', week: 'Week' },
  view: 'What is shown',
  turn: { month: ['The month before', 'The month after'], week: ['The week before', 'The week after'] } as const,
  today: 'Today',
  zone: 'Days and hours of',
  weekdays: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  newSchedule: 'Make a schedule',
  kinds: {
    planned: 'Planned',
    in_work: 'In work',
    waiting: 'Waits for a decision',
    approved: 'Goes live at once',
    scheduled: 'Scheduled',
    published: 'Live',
  } satisfies Record<Kind, string>,
  /** For whoever hovers: the difference between two kinds that are easily taken for one another. */
  means: {
    planned: 'A schedule will ask for it. There is no text yet.',
    in_work: 'It is being written.',
    waiting: 'A draft waits for a person.',
    approved: 'Approved without an hour: it goes live as soon as a worker comes to it.',
    scheduled: 'Approved, and goes live at its hour.',
    published: 'Live since then.',
  } satisfies Record<Kind, string>,
  legend: 'What the marks mean',
  things: (count: number) => (count === 0 ? 'nothing' : plural(count, 'entry', 'entries')),
  more: (count: number) => `${count.toLocaleString('en')} more`,
  bySchedule: (name: string) => `by “${name}”`,
  cost: (sum: string) => `≈ ${sum}`,
  costTitle: (planned: number, expected: string, most: string, unpriced: number) =>
    `${plural(planned, 'planned task', 'planned tasks')}: about ${expected}, at most ${most}.${unpriced > 0 ? ` Of ${unpriced} no price is known: no model can be asked at present.` : ''}`,
  costUnknown: 'price unknown',
  forecast: (planned: number, expected: string, most: string) => `${plural(planned, 'task is', 'tasks are')} planned here: about ${expected}, at most ${most}.`,
  unpriced: (count: number) => `Of ${count.toLocaleString('en')} of them no price is known: no model can be asked at present.`,
  incomplete: 'There is more than can be shown at once: not everything of these days is here.',
  incompleteWeek: 'Look at a week',
  empty: { title: 'Nothing is planned, scheduled or live in these days.', hint: 'A schedule asks for content by itself, and its days appear here; a draft that is approved for an hour appears at that hour.' },
  drawer: 'Without a date',
  drawerEmpty: 'Nothing is in work, and nothing waits.',
  drawerMore: (count: number) => `${count.toLocaleString('en')} more in the queue`,
  move: {
    hint: 'h or dragging gives it another hour.',
    title: (title: string) => `Publish “${title}” at another hour?`,
    lead: (when: string, zone: string) => `It is approved for ${when} (${zone}).`,
    day: 'Day',
    time: 'Hour',
    send: 'Change the hour',
    noHour: 'Say a day and an hour.',
    changed: 'Somebody has moved it meanwhile, or it is live. Nothing took effect.',
    done: (when: string) => `It is published on ${when}`,
  },
  conflicts: (count: number) => `${plural(count, 'thing stands', 'things stand')} in the way`,
  conflict: {
    published_together: 'go live less than an hour apart.',
    due_together: 'are due at the same moment.',
    task_still_open: 'has a task that is still open. If it still is then, this occurrence is left out:',
    schedule_paused: 'pauses: nothing is made of what it would be due for.',
    topics_used_up: 'has no topic left from here on, and will pause.',
    over_month: 'could go beyond its cap for the month: what would is not made.',
  } satisfies Record<CalendarConflict['kind'], string>,
  inTheWay: 'Something is in the way here',
  and: ' and ',
  theTask: 'the task',
  aSchedule: 'a schedule',
};
