// Who may sign in, with which role and under which name.
import { api, body } from '../../api/client';
import type { Bodies, Person } from '../../api/types';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import type { FieldSpec } from '../../kit/form';
import { List, useList } from '../../kit/List';
import { account } from '../../keys/strings';
import { en } from '../../strings';
import { type Page, query } from '../../ui/pages';
import { Moment } from '../../ui/parts';
import { say } from '../../ui/toasts';
import { admin } from './strings';

const words = admin.people;
// It is part of the address, of which the API says no more than that there is no such thing.
const SUBJECT: FieldSpec = { name: 'subject', label: account.subject, hint: account.subjectHint, more: account.subjectRule };
const FIELDS: FieldSpec[] = [
  { name: 'display_name', label: words.name, hint: words.nameHint, optional: 'optional', },
  { name: 'role', label: account.role, kind: 'choice', options: account.roles },
];

type PersonForm = Bodies['PersonRequest'] & { subject: string };

export function People() {
  const list = useList<Person>((cursor) => body(api.GET('/api/admin/people', { params: { query: query(cursor) } })) as Promise<Page<Person>>);
  const [dialog, ask] = useAsk();
  const put = async (subject: string, person: Bodies['PersonRequest']) => {
    await body(api.PUT('/api/admin/people/{subject}', { params: { path: { subject } }, body: person }));
    say(words.saved(subject));
    list.reload();
  };
  const letIn = () =>
    ask<PersonForm>({
      title: words.letIn,
      lead: words.letInLead,
      fields: [SUBJECT, ...FIELDS],
      values: { role: 'viewer' },
      send: words.letIn,
      act: ({ subject, ...person }) => put(subject, person),
    });
  const change = (person: Person) =>
    ask<Bodies['PersonRequest']>({
      title: words.changeTitle(person.subject),
      fields: FIELDS,
      values: person,
      send: words.change,
      act: (changed) => put(person.subject, changed),
    });
  const remove = ({ subject }: Person) =>
    ask({
      title: words.removeTitle(subject),
      lead: words.removeLead,
      send: words.remove,
      tone: 'bad',
      act: async () => {
        await body(api.DELETE('/api/admin/people/{subject}', { params: { path: { subject } } }));
        say(words.removed(subject));
        list.reload();
      },
    });
  return (
    <>
      <Head title={en.admin.people} lead={words.lead}>
        <button type="button" class="button button-primary" onClick={letIn}>{words.letIn}</button>
      </Head>
      <List
        label={en.admin.people}
        list={list}
        id={(person) => person.subject}
        empty={words.empty}
        columns={[
          { name: words.columns.who, cell: (person) => <strong>{person.subject}</strong> },
          { name: words.columns.name, cell: (person) => person.display_name ?? <span class="muted">{words.noName}</span> },
          { name: words.columns.role, cell: (person) => person.role },
          { name: words.columns.added, cell: (person) => <span class="muted"><Moment at={person.added_at} /> {admin.by(person.added_by)}</span> },
        ]}
        ways={(person) => [
          { label: words.change, act: () => change(person) },
          { label: words.remove, act: () => remove(person), tone: 'bad' },
        ]}
      />
      {dialog}
    </>
  );
}
