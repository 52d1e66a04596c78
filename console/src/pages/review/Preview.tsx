// The article as readers will see it: in a frame that runs nothing and loads no picture unasked.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { theme } from '../../shell/theme';
import { en } from '../../strings';
import { pictures as countOf } from '../../text/pictures';
import { marked } from '../../text/place';
import { unsourced } from '../../text/unsourced';
import { show } from './policy';

interface Props {
  title: string;
  html: string;
  /** Marked, and scrolled to. */
  quote?: string | null;
  label?: string;
  language?: string | null | undefined;
  /** Whether paragraphs that link to nothing are marked. */
  sources?: 'marked' | 'plain';
}

export function Preview({ title, html, quote, label, language, sources }: Props) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [pictures, setPictures] = useState(false);
  const count = useMemo(() => countOf(html), [html]);
  const shown = useMemo(() => {
    const found = quote ? (marked(html, quote) ?? html) : html;
    return sources === 'marked' ? unsourced(found) : found;
  }, [html, quote, sources]);
  useEffect(() => {
    if (frame.current) show(frame.current, { title, html: shown, pictures, theme: theme.value, language: language ?? 'en' });
  }, [title, shown, pictures, theme.value, language]);
  return (
    <div class="preview">
      {count > 0 && !pictures && (
        <div class="notice">
          <span>{en.review.images(count)}</span>
          <button type="button" class="button button-small" onClick={() => setPictures(true)}>{en.review.loadImages}</button>
        </div>
      )}
      <iframe ref={frame} class="preview-frame" title={label ?? en.review.frame} sandbox="allow-popups allow-popups-to-escape-sandbox" />
    </div>
  );
}
