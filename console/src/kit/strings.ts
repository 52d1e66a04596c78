// What the parts of the admins' and the operators' pages say, in English.
export const kit = {
  loading: 'Loading',
  ways: 'What can be done',
  more: 'Show more',
  nothing: '–',
  /** Who it was, where that is all that is told. */
  operator: 'an operator',
  secret: {
    once: 'This is shown once. Keep it where secrets are kept: nobody can show it again.',
    wasShown: 'An earlier answer has shown it, and it is not shown again. If that answer never arrived, take this one back and make another.',
    copy: 'Copy',
    copied: 'Copied.',
    copyByHand: 'The browser does not allow copying. Select the text and copy it by hand.',
    kept: 'I have kept it',
  },
  log: {
    title: 'History',
    empty: { title: 'Nothing was changed yet', hint: 'Each change is listed here with who made it, and can be taken back.' },
    columns: { at: 'When', by: 'Who', what: 'What' },
    reverts: 'takes an earlier change back',
    revert: 'Revert',
    revertTitle: 'Revert this change?',
    revertLead: 'What it changed is as it was before it. That is a change of its own, which can be reverted, too.',
    reverted: 'The change is reverted',
    usual: 'usual',
    to: 'to',
    same: 'Nothing differs.',
  },
  form: { save: 'Save', saved: 'Saved', unchanged: 'Nothing is changed.', undo: 'Undo' },
  yes: 'yes',
  no: 'no',
  seconds: (count: number) => (count < 120 ? `${count} s` : count < 7200 ? `${Math.round(count / 60)} min` : `${Math.round(count / 3600)} h`),
};
