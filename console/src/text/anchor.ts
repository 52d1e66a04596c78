// The place in a text that a comment is about: the words that were quoted, told from the same words elsewhere by what stood beside them.
import { blocks } from './blocks';

export interface Quoted {
  quote: string;
  before?: string | null;
  after?: string | null;
}

/** What the API keeps of a quote, and of what stands on each side. */
export const MOST_QUOTED = 500;
const MOST_BESIDE = 64;

const plain = (text: string): string => text.replace(/\s+/g, ' ');

/** An article as its readers see it, a paragraph each. */
export function paragraphs(html: string): string[] {
  return blocks(html).map((block) => plain(block.text).trim()).filter((text) => text !== '');
}

/** The anchor of `words` in a paragraph, the whole of it where they are not in it. Long ones are cut. */
export function anchorOf(all: readonly string[], nth: number, words: string): Quoted {
  const paragraph = all[nth] ?? '';
  const wanted = plain(words).trim();
  const found = wanted === '' ? -1 : paragraph.indexOf(wanted);
  const quote = (found < 0 ? paragraph : wanted).slice(0, MOST_QUOTED).trim();
  const text = all.join(' ');
  const at = all.slice(0, nth).reduce((sum, one) => sum + one.length + 1, 0) + Math.max(found, 0);
  const before = text.slice(Math.max(0, at - MOST_BESIDE), at).trim();
  const after = text.slice(at + quote.length, at + quote.length + MOST_BESIDE).trim();
  return { quote, ...(before === '' ? {} : { before }), ...(after === '' ? {} : { after }) };
}

/** How many characters two texts have in common, from the end that `step` goes away from. */
function common(one: string, other: string, step: 1 | -1): number {
  const [a, b] = step === 1 ? [one, other] : [[...one].toReversed().join(''), [...other].toReversed().join('')];
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  return same;
}

/** Where in the text the quote stands; `null`: it is lost, or stands in several places of which none is known again. */
export function findAnchor(all: readonly string[], { quote, before, after }: Quoted): number | null {
  const text = all.join(' ');
  const wanted = plain(quote).trim();
  if (wanted === '') return null;
  const places: number[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) places.push(at);
  const first = places[0];
  if (first === undefined) return null;
  const beside = [plain(before ?? '').trim(), plain(after ?? '').trim()] as const;
  if (places.length === 1 || (beside[0] === '' && beside[1] === '')) return first;
  const score = (at: number) =>
    common(text.slice(Math.max(0, at - MOST_BESIDE - 1), at).trimEnd(), beside[0], -1) + common(text.slice(at + wanted.length).trimStart(), beside[1], 1);
  const best = places.toSorted((one, other) => score(other) - score(one))[0] ?? first;
  return score(best) === 0 ? null : best;
}
