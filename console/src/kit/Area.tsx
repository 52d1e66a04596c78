// The frame of an area: its pages at the side, and the one that is open.
import type { ComponentChildren } from 'preact';

import { address } from '../router';
import { useAbout } from '../ui/title';
import '../styles/kit.css';

interface AreaProps {
  area: 'admin' | 'operate';
  label: string;
  pages: Readonly<Record<string, string>>;
  here: string;
  children: ComponentChildren;
}

export function Area({ area, label, pages, here, children }: AreaProps) {
  return (
    <div class="queue">
      <nav class="side" aria-label={label}>
        <ul>
          {Object.entries(pages).map(([page, title]) => (
            <li key={page}><a class="side-link" href={address([area, page])} aria-current={page === here ? 'page' : undefined}>{title}</a></li>
          ))}
        </ul>
      </nav>
      <section class="kit-main" aria-labelledby="area-title">{children}</section>
    </div>
  );
}

/** A page's name, what it is for, and what can be begun on it. */
export function Head({ title, lead, children }: { title: string; lead?: ComponentChildren; children?: ComponentChildren }) {
  useAbout(title);
  return (
    <header class="kit-head">
      <div class="page-head">
        <h1 id="area-title">{title}</h1>
        {children && <div class="narrow">{children}</div>}
      </div>
      {lead && <p class="muted">{lead}</p>}
    </header>
  );
}
