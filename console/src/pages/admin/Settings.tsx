// The tenant's settings for its content, and who changed them.
import { useState } from 'preact/hooks';

import { api, body } from '../../api/client';
import type { Bodies, Settings as Known, SettingsChange } from '../../api/types';
import { Head } from '../../kit/Area';
import { ChangeForm } from '../../kit/ChangeForm';
import type { FieldSpec } from '../../kit/form';
import { Log } from '../../kit/Log';
import { useRead } from '../../kit/read';
import { Reading } from '../../kit/Reading';
import { en } from '../../strings';
import { type Page, query } from '../../ui/pages';
import { say } from '../../ui/toasts';
import { admin } from './strings';

const words = admin.settings;

/** How each setting is typed. A setting that the API gets is missing here until somebody gives it a field. */
const HOW: Record<keyof Known, Partial<FieldSpec>> = {
  quality_bar: { kind: 'number' },
  assessment: { kind: 'choice', options: [['', words.usual], ...words.methods] },
  language: {},
  disclosure: { kind: 'long' },
  four_eyes: { kind: 'check' },
  near_duplicates: { kind: 'choice', options: words.nearDuplicates },
  auto_publish: { kind: 'check' },
  keep_model_texts: { kind: 'check' },
  reuse_answers: { kind: 'check' },
  site_name: {},
  site_logo: {},
  site_accent: {},
  site_navigation: { kind: 'links' },
  site_footer: { kind: 'long' },
};
const FIELDS: FieldSpec[] = Object.entries(HOW).map(([name, how]) => ({ name, ...words.fields[name as keyof Known], ...how }));
const NAMES = Object.fromEntries(FIELDS.map(({ name, label }) => [name, label]));

export function Settings() {
  const read = useRead<Known>(() => body(api.GET('/api/admin/settings')) as Promise<Known>);
  const [changed, setChanged] = useState(0);
  const save = async (changes: Bodies['SettingsPatch']) => {
    read.set((await body(api.PATCH('/api/admin/settings', { body: changes }))) as Known);
    setChanged((times) => times + 1);
    say(words.saved);
  };
  return (
    <>
      <Head title={en.admin.settings} lead={words.lead} />
      <Reading of={read}>{(value) => <ChangeForm id="setting" label={en.admin.settings} fields={FIELDS} value={value} save={save} />}</Reading>
      <Log<SettingsChange>
        key={changed}
        label={`${en.admin.settings}, log`}
        names={NAMES}
        load={(cursor) => body(api.GET('/api/admin/settings/log', { params: { query: query(cursor) } })) as Promise<Page<SettingsChange>>}
        revert={(change, key) => body(api.POST('/api/admin/settings/revert', { params: { header: { 'Idempotency-Key': key } }, body: { change_id: change.id } }))}
        done={() => void read.reload()}
      />
    </>
  );
}
