// What is said of accounts and their keys, for admins and operators, in English.
import type { Role } from '../api/types';

export const account = {
  role: 'Role',
  roles: [
    ['viewer', 'Viewer: reads'],
    ['author', 'Author: asks for content and edits'],
    ['editor', 'Editor: decides what goes live'],
    ['admin', 'Admin: all of this, and these pages'],
  ] satisfies [Role, string][],
  subject: 'Name of the account',
  subjectHint: '2 to 100 letters, digits, dots, hyphens or underscores',
  subjectRule: { required: true, pattern: '[A-Za-z0-9._\\-]{2,100}', title: '2 to 100 letters, digits, dots, hyphens or underscores' },
};

export const words = {
  lead: 'A key acts as whoever it is made for, with its own role. Its text is shown once, when it is made.',
  make: 'Make a key',
  send: 'Make the key',
  until: 'Valid until',
  untilHint: 'At most a year ahead. Empty: until it is revoked.',
  made: 'The new key',
  madeHint: 'It goes into the header Authorization: Bearer … of each request.',
  columns: { key: 'Key', owner: 'Owner', role: 'Role', used: 'Last used', until: 'Valid until', made: 'Made', by: 'Made by' },
  byNobody: 'Nobody is on record: it is a deployment’s first, or of an older release.',
  acts: 'What was made, changed and ended with it',
  never: 'never',
  always: 'until it is revoked',
  revokedBadge: 'revoked',
  expired: 'expired',
  revoke: 'Revoke',
  revokeTitle: (prefix: string) => `Revoke the key ${prefix}…?`,
  revokeLead: (who: string) => `Whoever uses it as ${who} is refused within a minute. A revoked key never works again.`,
  revoked: 'The key is revoked',
  empty: { title: 'There is no key', hint: 'Make one for each program and each person, so that one can be revoked alone.' },
};
