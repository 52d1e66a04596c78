// Reads the HTML that Galley has cleaned: a few elements, well formed, five entities. Makes no DOM, so that nothing of an
// article can act, and so that this runs in tests.

export type Token =
  | { kind: 'open' | 'close'; name: string; attributes: string; at: number; end: number }
  | { kind: 'text'; text: string; at: number; end: number };

const TOKEN = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>|[^<]+|</g;
const ENTITY = /&(?:#(\d+)|#x([0-9a-f]+)|(amp|lt|gt|quot|nbsp|apos));/gi;
const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: '\u00a0', apos: "'" };

export function tokens(html: string): Token[] {
  return [...html.matchAll(TOKEN)].map((found) => {
    const [all, slash, name, attributes] = found;
    const at = found.index;
    const end = at + all.length;
    if (name === undefined) return { kind: 'text', text: all, at, end };
    return { kind: slash === '/' ? 'close' : 'open', name: name.toLowerCase(), attributes: attributes ?? '', at, end };
  });
}

function character(code: number): string {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
}

export function decoded(text: string): string {
  return text.replace(ENTITY, (all, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return character(Number.parseInt(decimal, 10));
    if (hex !== undefined) return character(Number.parseInt(hex, 16));
    return NAMED[(name ?? '').toLowerCase()] ?? all;
  });
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The value of an attribute of an open tag. */
export function attribute(attributes: string, name: string): string | null {
  for (const [, key, double, single] of attributes.matchAll(/([a-zA-Z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (key?.toLowerCase() === name) return decoded(double ?? single ?? '');
  }
  return null;
}
