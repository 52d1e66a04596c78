// Which acts are wanted.
import { go } from '../router';
import { utc, zone } from '../ui/format';
import { type Area, type Filters, WHATS, isNarrowed, link, read, shownIn, typedIn } from './filters';
import { words } from './strings';

interface NarrowProps {
  area: Area;
  filters: Filters;
  set: (more: Partial<Filters>) => void;
}

export function Narrow({ area, filters, set }: NarrowProps) {
  const { fields, hints } = words;
  const text = (name: keyof typeof hints, most: number) => (
    <label>
      <span>{fields[name]}</span>
      <input class="select" maxLength={most} placeholder={hints[name]} autoComplete="off" spellcheck={false} value={filters[name]} onChange={(event) => set({ [name]: event.currentTarget.value })} />
    </label>
  );
  // By the reader's own clocks, as the list is.
  const moment = (name: 'since' | 'until') => (
    <label>
      <span>{fields[name]}</span>
      <input
        class="select"
        type="datetime-local"
        title={filters[name] && utc(filters[name])}
        value={shownIn(zone(), filters[name])}
        onChange={(event) => {
          const at = typedIn(zone(), event.currentTarget.value);
          if (at !== null) set({ [name]: at });
        }}
      />
    </label>
  );
  return (
    <form class="kit-narrow" role="search" aria-label={words.filters} onSubmit={(event) => event.preventDefault()}>
      {area === 'operate' && text('tenant', 64)}
      {text('actor', 100)}
      <label>
        <span>{fields.what}</span>
        <select class="select" value={filters.what ?? ''} onChange={(event) => set({ what: WHATS.find((what) => what === event.currentTarget.value) ?? null })}>
          <option value="">{words.anything}</option>
          {WHATS.map((what) => <option key={what} value={what}>{words.whats[what]}</option>)}
        </select>
      </label>
      {moment('since')}
      {moment('until')}
      {text('key', 64)}
      {isNarrowed(filters) && (
        <button type="button" class="button button-quiet" onClick={() => go(link(area, { ...read(new URLSearchParams(), area), tenant: filters.tenant }))}>{words.clear}</button>
      )}
    </form>
  );
}
