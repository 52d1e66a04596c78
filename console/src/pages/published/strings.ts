// What the page of what is live says, in English.
import type { State } from '../../api/types';

export const words = {
  live: (n: number) => `Revision ${n} is live`,
  by: (subject: string) => `approved by ${subject}`,
  next: {
    pending: 'its next text is asked for',
    generating: 'its next text is being written',
    awaiting_approval: 'its next text waits for review',
    approved: 'its next text is approved',
    failed: 'its next text was given up',
  } as Partial<Record<State, string>>,
  sent: 'Where it was sent',
  nowhere: 'Nobody is told of this article, and it stands on no target.',
  empty: { title: 'Nothing is live yet', hint: 'An article appears here when its draft is approved.', soFar: 'Nothing is live in what was looked through so far; there is more.' },
  open: 'Open',
  loading: 'Loading what is live',
};
