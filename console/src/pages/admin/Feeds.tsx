// Secret addresses under which calendar programs read the calendar. An address is in the one answer that makes it.
import { api, body } from '../../api/client';
import type { Bodies, CalendarFeed } from '../../api/types';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import type { FieldSpec } from '../../kit/form';
import { List, useList } from '../../kit/List';
import { en } from '../../strings';
import type { Page } from '../../ui/pages';
import { Moment } from '../../ui/parts';
import { say } from '../../ui/toasts';
import { admin } from './strings';

const words = admin.feeds;
const FIELDS: FieldSpec[] = [{ name: 'name', label: words.name, hint: words.nameHint }];
/** As much of an identifier as tells it from others. */
const SHORT = 12;

export function Feeds() {
  const list = useList<CalendarFeed>(() => body(api.GET('/api/admin/calendar-feeds')) as Promise<Page<CalendarFeed>>);
  const [dialog, ask] = useAsk();
  const make = () =>
    ask<Bodies['NewCalendarFeed']>({
      title: words.make,
      lead: words.makeLead,
      fields: FIELDS,
      send: words.send,
      act: async (asked, key) => {
        const made = await body(api.POST('/api/admin/calendar-feeds', { params: { header: { 'Idempotency-Key': key } }, body: asked }));
        list.reload();
        return { title: words.made(made.name), text: made.path === undefined ? undefined : new URL(made.path, location.origin).href, hint: words.madeHint };
      },
    });
  const revoke = ({ feed_id, name }: CalendarFeed) =>
    ask({
      title: words.revokeTitle(name),
      lead: words.revokeLead,
      send: words.revoke,
      tone: 'bad',
      act: async () => {
        await body(api.DELETE('/api/admin/calendar-feeds/{feed_id}', { params: { path: { feed_id } } }));
        say(words.revoked(name));
        list.reload();
      },
    });
  return (
    <>
      <Head title={en.admin.feeds} lead={words.lead}>
        <button type="button" class="button button-primary" onClick={make}>{words.make}</button>
      </Head>
      <List
        label={en.admin.feeds}
        list={list}
        id={(feed) => feed.feed_id}
        name={(feed) => feed.name}
        empty={words.empty}
        columns={[
          { name: words.columns.name, cell: (feed) => <strong>{feed.name}</strong> },
          { name: words.columns.id, cell: (feed) => <code title={feed.feed_id}>{feed.feed_id.slice(0, SHORT)}…</code> },
          { name: words.columns.made, cell: (feed) => <span class="muted"><Moment at={feed.created_at} /></span> },
        ]}
        ways={(feed) => [{ label: words.revoke, act: () => revoke(feed), tone: 'bad' }]}
      />
      {dialog}
    </>
  );
}
