// The text editor, loaded when somebody edits. It lives in a shadow root, where it may style itself under a policy that allows
// no inline style.
import { history, historyKeymap } from '@codemirror/commands';
import { EditorState } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, MatchDecorator, ViewPlugin, type ViewUpdate, keymap } from '@codemirror/view';

const look = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--surface)', fontSize: '0.9375rem' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-content': { fontFamily: 'var(--mono)', lineHeight: '1.7', padding: '1.25rem', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0' },
  '.is-heading, .is-strong': { fontWeight: '700' },
  '.is-emphasis': { fontStyle: 'italic' },
  '.is-link': { color: 'var(--accent)' },
  '.is-code': { color: 'var(--good)' },
  '.is-mark': { color: 'var(--muted)' },
});

// Line by line and without a parser: those of the two languages are twice the size of the editor, and a draft is looked at in
// its preview.
const MARKDOWN =
  /(?<heading>^#{1,6} .*)|(?<code>`[^`]+`|^```.*)|(?<link>!?\[[^\]]*\]\([^)]*\)|<https?:[^>]+>|https?:\/\/\S+)|(?<strong>\*\*[^*]+\*\*|__[^_]+__)|(?<emphasis>(?<![*\w])\*[^*\s][^*]*\*|(?<![_\w])_[^_\s][^_]*_)|(?<mark>^\s*(?:[-*+]|\d+[.)]|>+) )/g;
const HTML = /(?<link>\bhref="[^"]*"|\bsrc="[^"]*")|(?<mark><\/?[a-zA-Z][\w-]*|\/?>)|(?<code>&[a-zA-Z#0-9]+;)/g;

function colours(regexp: RegExp) {
  const marker = new MatchDecorator({
    regexp,
    decoration: (match) => {
      const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0];
      return Decoration.mark({ class: `is-${kind}` });
    },
  });
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = marker.createDeco(view);
      }
      update(update: ViewUpdate) {
        this.decorations = marker.updateDeco(update, this.decorations);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}

export interface Editor {
  /** Replaces the text; it can be undone. */
  replace: (text: string) => void;
  destroy: () => void;
}

interface Options {
  host: HTMLElement;
  text: string;
  form: 'markdown' | 'html';
  label: string;
  changed: (text: string) => void;
}

export function open({ host, text, form, label, changed }: Options): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of(historyKeymap),
        history(),
        colours(form === 'markdown' ? MARKDOWN : HTML),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'true', autocapitalize: 'sentences' }),
        EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
        look,
      ],
    }),
  });
  return {
    replace: (fresh) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: fresh } }),
    destroy: () => view.destroy(),
  };
}
