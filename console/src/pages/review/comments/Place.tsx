// Chooses the place that a comment is about. The preview is shut off from this page, its selection too: the text stands here once more.
import { Dialog } from '../../../ui/parts';
import { type Quoted, anchorOf } from '../../../text/anchor';
import { words } from './strings';

interface Props {
  text: readonly string[];
  close: () => void;
  chosen: (anchor: Quoted) => void;
}

export function Place({ text, close, chosen }: Props) {
  return (
    <Dialog label={words.choose} close={close}>
      <h2>{words.choose}</h2>
      <p class="muted small">{words.chooseHint}</p>
      <ol class="places">
        {text.map((paragraph, nth) => (
          <li key={nth}>
            <p id={`place-${nth}`}>{paragraph}</p>
            {/* A press would end the selection. */}
            <button
              type="button"
              class="button button-small"
              aria-describedby={`place-${nth}`}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => chosen(anchorOf(text, nth, getSelection()?.toString() ?? ''))}
            >
              {words.quote}
            </button>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
