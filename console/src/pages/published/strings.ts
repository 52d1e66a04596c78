// What the page of what is live says, in English.
export const words = {
  live: (n: number) => `Revision ${n} is live`,
  by: (subject: string) => `approved by ${subject}`,
  waits: 'its next text waits for review',
  sent: 'Where it was sent',
  nowhere: 'Nobody is told of this article, and it stands on no target.',
  empty: { title: 'Nothing is live yet', hint: 'An article appears here when its draft is approved.' },
  open: 'Open',
  loading: 'Loading what is live',
};
