// The pictures of an article, counted and taken the address of, so that a browser does not even try to load them.
import { tokens } from './html';

const isPicture = (token: ReturnType<typeof tokens>[number]) => token.kind === 'open' && token.name === 'img';

/** A value in quotes, which stays as it is, or the name of an address. */
const ADDRESS = /("[^"]*"|'[^']*')|\s(src|srcset)(?=\s*=)/gi;

export function pictures(html: string): number {
  return tokens(html).filter(isPicture).length;
}

/** `html` whose pictures have no address. */
export function withoutPictures(html: string): string {
  return tokens(html)
    .map((token) => {
      const raw = html.slice(token.at, token.end);
      return isPicture(token) ? raw.replace(ADDRESS, (_, quoted?: string, name?: string) => quoted ?? ` data-${name}`) : raw;
    })
    .join('');
}
