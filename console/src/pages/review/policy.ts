// The one place where text becomes HTML: the document of a sandboxed frame, in which no script runs and which has no origin.
import { escaped } from '../../text/html';
import { withoutPictures } from '../../text/pictures';
import previewCss from '../../styles/preview.css?url';

interface Policy {
  createHTML(html: string): unknown;
}

interface Factory {
  createPolicy(name: string, rules: { createHTML: (html: string) => string }): Policy;
}

const factory = (window as unknown as { trustedTypes?: Factory }).trustedTypes;
const policy: Policy = factory?.createPolicy('preview', { createHTML: (html) => html }) ?? { createHTML: (html) => html };

interface Page {
  title: string;
  html: string;
  pictures: boolean;
  theme: 'light' | 'dark';
  language: string;
}

/** The article as a document of its own. Its pictures are refused until somebody wants them. */
export function documentOf({ title, html, pictures, theme, language }: Page): string {
  const refused = pictures ? '' : '<meta http-equiv="Content-Security-Policy" content="img-src \'none\'">';
  return (
    `<!doctype html><html lang="${escaped(language)}" data-theme="${theme}"><head><meta charset="utf-8">${refused}` +
    `<meta name="referrer" content="no-referrer"><base target="_blank"><title>${escaped(title)}</title>` +
    `<link rel="stylesheet" href="${previewCss}"></head><body><article dir="auto"><h1>${escaped(title)}</h1>${pictures ? html : withoutPictures(html)}</article></body></html>`
  );
}

export function show(frame: HTMLIFrameElement, page: Page): void {
  // The sandbox is set before the document, and neither lets scripts run nor gives the frame an origin.
  frame.srcdoc = policy.createHTML(documentOf(page)) as string;
}
