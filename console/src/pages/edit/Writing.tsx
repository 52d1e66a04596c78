// The text editor in the page. Its code is loaded when somebody edits.
import { useEffect, useRef, useState } from 'preact/hooks';

import { en } from '../../strings';
import { Loading, NotLoaded } from '../../ui/parts';
import type { Editor } from './editor';
import type { TextForm } from './typed';

interface Props {
  text: string;
  form: TextForm;
  changed: (text: string) => void;
  editor: { current: Editor | null };
}

export function Writing({ text, form, changed, editor }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<'loading' | 'ready' | 'failed'>('loading');
  const wanted = useRef(true);
  const load = () => {
    setState('loading');
    import('./editor').then(
      ({ open }) => {
        if (!wanted.current || !host.current) return;
        editor.current = open({ host: host.current, text, form, label: en.edit.body, changed });
        setState('ready');
      },
      () => wanted.current && setState('failed'),
    );
  };
  useEffect(() => {
    wanted.current = true;
    load();
    return () => {
      wanted.current = false;
      editor.current?.destroy();
      editor.current = null;
    };
  }, []);
  return (
    <div class="edit-text">
      {state === 'loading' && <Loading label={en.edit.loading} />}
      {state === 'failed' && <NotLoaded again={load} />}
      <div ref={host} class="editor-host" />
    </div>
  );
}
