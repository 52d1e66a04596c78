// The tenant's API keys.
import { api, body } from '../../api/client';
import type { ApiKey } from '../../api/types';
import { KeyList, makeKey } from '../../keys/Keys';
import { words } from '../../keys/strings';
import { Head } from '../../kit/Area';
import { useAsk } from '../../kit/Ask';
import { useList } from '../../kit/List';
import { en } from '../../strings';
import { type Page, query } from '../../ui/pages';
import { say } from '../../ui/toasts';

export function Keys() {
  const list = useList<ApiKey>((cursor) => body(api.GET('/api/admin/keys', { params: { query: query(cursor) } })) as Promise<Page<ApiKey>>);
  const [dialog, ask] = useAsk();
  const revoke = (key: ApiKey) =>
    ask({
      title: words.revokeTitle(key.prefix),
      lead: words.revokeLead(key.subject),
      send: words.revoke,
      tone: 'bad',
      act: async () => {
        await body(api.DELETE('/api/admin/keys/{key_id}', { params: { path: { key_id: key.id } } }));
        say(words.revoked);
        list.reload();
      },
    });
  return (
    <>
      <Head title={en.admin.keys} lead={words.lead}>
        <button type="button" class="button button-primary" onClick={() => ask(makeKey(list.reload))}>{words.make}</button>
      </Head>
      <KeyList label={en.admin.keys} list={list} empty={words.empty} ways={(key) => (key.revoked ? [] : [{ label: words.revoke, act: () => revoke(key), tone: 'bad' }])} />
      {dialog}
    </>
  );
}
