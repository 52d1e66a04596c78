// Finds a quote in an article, whatever elements and line breaks are between its words, and marks it there.
import { decoded, tokens } from './html';

interface Piece {
  at: number;
  end: number;
}

/** Each visible character with where in the HTML it stands; runs of white space are one. */
function characters(html: string): { text: string; places: Piece[] } {
  let text = '';
  const places: Piece[] = [];
  const put = (character: string, at: number, end: number) => {
    const white = /\s/.test(character);
    if (white && (text === '' || text.endsWith(' '))) return;
    text += white ? ' ' : character;
    for (let unit = 0; unit < (white ? 1 : character.length); unit += 1) places.push({ at, end });
  };
  for (const token of tokens(html)) {
    if (token.kind !== 'text') {
      // Words on either side of a block's edge are apart; an inline element parts nothing.
      if (/^(p|h[1-6]|li|pre|blockquote|tr|td|th|div|figcaption|dt|dd|br)$/.test(token.name)) put(' ', token.at, token.at);
      continue;
    }
    for (const found of token.text.matchAll(/&(?:#\d+|#x[0-9a-f]+|[a-z]+);|[\s\S]/giu)) {
      const at = token.at + found.index;
      put(decoded(found[0]), at, at + found[0].length);
    }
  }
  return { text, places };
}

/** `html` with the first place of `quote` marked; `null` where it is not found. */
export function marked(html: string, quote: string): string | null {
  const wanted = quote.replace(/^…|…$/g, '').replace(/\s+/g, ' ').trim();
  if (wanted === '') return null;
  const { text, places } = characters(html);
  const from = text.indexOf(wanted);
  if (from < 0) return null;
  const [first, last] = [places[from], places[from + wanted.length - 1]];
  if (!first || !last) return null;
  return wrapped(html, first.at, last.end);
}

/** Marks the text between two places, element by element, so that no element is cut in two. */
function wrapped(html: string, from: number, to: number): string {
  let out = '';
  for (const token of tokens(html)) {
    const raw = html.slice(token.at, token.end);
    const [begin, end] = [Math.max(token.at, from), Math.min(token.end, to)];
    if (token.kind !== 'text' || begin >= end || raw.trim() === '') {
      out += raw;
      continue;
    }
    out += html.slice(token.at, begin);
    out += `<mark class="place">${html.slice(begin, end)}</mark>`;
    out += html.slice(end, token.end);
  }
  return out;
}
