// Marks the paragraphs of an article that link to nothing, for a reviewer who looks for what has no source.
import { tokens } from './html';

/** `html` with a class on each paragraph without a link. Nothing else changes. */
export function unsourced(html: string): string {
  const all = tokens(html);
  let out = '';
  all.forEach((token, at) => {
    const raw = html.slice(token.at, token.end);
    const paragraph = token.kind === 'open' && token.name === 'p';
    out += paragraph && !links(all, at) ? raw.replace(/^<p/i, '<p class="unsourced"') : raw;
  });
  return out;
}

/** Whether the paragraph that begins at `from` has a link before it ends. */
function links(all: ReturnType<typeof tokens>, from: number): boolean {
  for (const token of all.slice(from + 1)) {
    if (token.kind === 'text') continue;
    if (token.name === 'p') return false;
    if (token.kind === 'open' && token.name === 'a') return true;
  }
  return false;
}
