// An article as its paragraphs, headings and list items: what a difference is shown of, and what is counted.
import { attribute, decoded, tokens } from './html';

export interface Block {
  /** The innermost block element: `p`, `h2`, `li`, `pre`, … */
  kind: string;
  text: string;
  links: string[];
  pictures: string[];
}

const BLOCKS = new Set(
  'p h1 h2 h3 h4 h5 h6 ul ol li pre blockquote table thead tbody tr th td dl dt dd figure figcaption div section hr'.split(' '),
);
/** Their own text is of no kind of interest; what is in them counts as a paragraph. */
const PLAIN = new Set(['div', 'section', 'ul', 'ol', 'blockquote', 'table', 'thead', 'tbody', 'tr', 'dl', 'figure']);

export function blocks(html: string): Block[] {
  const found: Block[] = [];
  const open: string[] = [];
  let block = empty('p');
  const flush = () => {
    block.text = block.kind === 'pre' ? block.text.replace(/^\n|\n$/g, '') : block.text.replace(/\s+/g, ' ').trim();
    if (block.text !== '' || block.pictures.length > 0) found.push(block);
    const kind = open.findLast((name) => !PLAIN.has(name)) ?? 'p';
    block = empty(kind);
  };
  for (const token of tokens(html)) {
    if (token.kind === 'text') {
      block.text += decoded(token.text);
    } else if (BLOCKS.has(token.name)) {
      if (token.kind === 'open' && token.name !== 'hr') open.push(token.name);
      const at = token.kind === 'close' ? open.lastIndexOf(token.name) : -1;
      if (at >= 0) open.splice(at, 1);
      flush();
    } else if (token.kind === 'open') {
      inline(token.name, token.attributes, block);
    }
  }
  flush();
  return found;
}

function empty(kind: string): Block {
  return { kind, text: '', links: [], pictures: [] };
}

function inline(name: string, attributes: string, block: Block): void {
  const to = name === 'a' ? attribute(attributes, 'href') : name === 'img' ? attribute(attributes, 'src') : null;
  if (name === 'br') block.text += block.kind === 'pre' ? '\n' : ' ';
  else if (to !== null) (name === 'a' ? block.links : block.pictures).push(to);
}
