// A part of a page that can be folded.
import type { ComponentChildren } from 'preact';

export function Section({ title, children, open = true, count }: { title: string; children: ComponentChildren; open?: boolean; count?: number }) {
  return (
    <details class="fact" open={open}>
      <summary>
        <h2>{title}</h2>
        {count !== undefined && count > 0 && <span class="count">{count}</span>}
      </summary>
      <div class="fact-body">{children}</div>
    </details>
  );
}
