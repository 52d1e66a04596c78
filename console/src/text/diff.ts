// What changed between two revisions: paragraph by paragraph, and within a paragraph word by word.
import { diffArrays, diffWordsWithSpace } from 'diff';

import type { Block } from './blocks';

export interface Part {
  text: string;
  change: 'same' | 'added' | 'removed';
}

export type Row =
  | { change: 'same' | 'added' | 'removed'; kind: string; text: string }
  | { change: 'edited'; kind: string; parts: Part[] };

/** Two paragraphs are one that was edited when they share this much of their words. */
const ALIKE = 0.35;
/** Above so many pairs the paragraphs of a passage are compared in their order alone. */
const PAIRS = 4_000;

const key = (block: Block): string => `${block.kind}\n${block.text}\n${block.pictures.join('\n')}`;
const shown = (block: Block): string => block.text || block.pictures.join(' ');

export function difference(before: readonly Block[], after: readonly Block[]): Row[] {
  const rows: Row[] = [];
  let gone: Block[] = [];
  let come: Block[] = [];
  let [b, a] = [0, 0];
  const passage = () => {
    rows.push(...edited(gone, come));
    [gone, come] = [[], []];
  };
  for (const run of diffArrays(before.map(key), after.map(key))) {
    const count = run.value.length;
    if (run.removed) {
      gone.push(...before.slice(b, (b += count)));
    } else if (run.added) {
      come.push(...after.slice(a, (a += count)));
    } else {
      passage();
      rows.push(...after.slice(a, a + count).map((block): Row => ({ change: 'same', kind: block.kind, text: shown(block) })));
      [b, a] = [b + count, a + count];
    }
  }
  passage();
  return rows;
}

/** A passage whose paragraphs `gone` became `come`: which became which, in order. */
function edited(gone: readonly Block[], come: readonly Block[]): Row[] {
  const rows: Row[] = [];
  let [g, c] = [0, 0];
  const until = (toG: number, toC: number) => {
    for (; g < toG; g += 1) rows.push(row('removed', gone[g]));
    for (; c < toC; c += 1) rows.push(row('added', come[c]));
  };
  for (const [from, to] of pairs(gone, come)) {
    until(from, to);
    const [old, fresh] = [gone[from], come[to]];
    if (old && fresh) rows.push({ change: 'edited', kind: fresh.kind, parts: words(shown(old), shown(fresh)) });
    [g, c] = [from + 1, to + 1];
  }
  until(gone.length, come.length);
  return rows;
}

function row(change: 'added' | 'removed', block: Block | undefined): Row {
  return { change, kind: block?.kind ?? 'p', text: block ? shown(block) : '' };
}

/** Which of `gone` became which of `come`: in order, with the most words in common over all. */
function pairs(gone: readonly Block[], come: readonly Block[]): [number, number][] {
  const [rows, columns] = [gone.length, come.length];
  if (rows * columns > PAIRS) {
    return gone.slice(0, columns).flatMap((block, at): [number, number][] => {
      const other = come[at];
      return other && likeness(bag(block), bag(other)) >= ALIKE ? [[at, at]] : [];
    });
  }
  const [olds, news] = [gone.map(bag), come.map(bag)];
  const best: number[][] = Array.from({ length: rows + 1 }, () => new Array<number>(columns + 1).fill(0));
  const at = (r: number, c: number): number => best[r]?.[c] ?? 0;
  const likenesses = olds.map((old) => news.map((fresh) => likeness(old, fresh)));
  const like = (r: number, c: number): number => {
    const value = likenesses[r]?.[c] ?? 0;
    return value >= ALIKE ? value : 0;
  };
  for (let r = rows - 1; r >= 0; r -= 1) {
    for (let c = columns - 1; c >= 0; c -= 1) {
      const line = best[r];
      const paired = like(r, c);
      if (line) line[c] = Math.max(at(r + 1, c), at(r, c + 1), paired > 0 ? paired + at(r + 1, c + 1) : 0);
    }
  }
  const found: [number, number][] = [];
  for (let r = 0, c = 0; r < rows && c < columns; ) {
    const paired = like(r, c);
    if (paired > 0 && at(r, c) === paired + at(r + 1, c + 1)) {
      found.push([r, c]);
      [r, c] = [r + 1, c + 1];
    } else if (at(r + 1, c) >= at(r, c + 1)) r += 1;
    else c += 1;
  }
  return found;
}

type Bag = Map<string, number>;

function bag(block: Block): Bag {
  const counted: Bag = new Map();
  for (const word of wordsOf(shown(block))) counted.set(word, (counted.get(word) ?? 0) + 1);
  return counted;
}

/** Twice the words in common, as a share of all (Dice). */
function likeness(one: Bag, other: Bag): number {
  let [common, all] = [0, 0];
  for (const [word, count] of one) {
    common += Math.min(count, other.get(word) ?? 0);
    all += count;
  }
  for (const count of other.values()) all += count;
  return all === 0 ? 1 : (2 * common) / all;
}

// Scripts without spaces are compared by what a reader would call words.
const SPACELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
// Made when the first text is looked at: it reads dictionaries, which the console need not wait for.
let segmenter: Intl.Segmenter | undefined;

function segments(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' });
  return segmenter.segment(text);
}

export function wordsOf(text: string): string[] {
  if (!SPACELESS.test(text)) return text.match(/[\p{L}\p{N}’']+/gu) ?? [];
  return [...segments(text)].filter((piece) => piece.isWordLike).map((piece) => piece.segment);
}

/** What changed between two pieces of text, word by word. Both sides can be read off the parts. */
export function words(before: string, after: string): Part[] {
  const spaceless = SPACELESS.test(before + after);
  const pieces = (text: string) => [...segments(text)].map((piece) => piece.segment);
  const runs = spaceless
    ? diffArrays(pieces(before), pieces(after)).map((run) => ({ ...run, value: run.value.join('') }))
    : diffWordsWithSpace(before, after);
  return runs.map((run) => ({ text: run.value, change: run.added ? 'added' : run.removed ? 'removed' : 'same' }));
}

/** How many words came and went. */
export function counts(rows: readonly Row[]): { added: number; removed: number } {
  const total = { added: 0, removed: 0 };
  for (const one of rows) {
    const parts: Part[] = one.change === 'edited' ? one.parts : [{ text: one.text, change: one.change }];
    for (const part of parts) if (part.change !== 'same') total[part.change] += wordsOf(part.text).length;
  }
  return total;
}
