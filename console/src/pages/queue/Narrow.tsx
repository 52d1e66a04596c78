// Which tasks are wanted and in which order, as far as it is not their state.
import { become, go } from '../../router';
import { me } from '../../session/session';
import { en } from '../../strings';
import { Menu } from '../../ui/parts';
import { type Filters, SORTS, type Sort, TYPES, isNarrowed, link, narrowing, read } from './filters';

export function Narrow({ filters }: { filters: Filters }) {
  const set = (more: Partial<Filters>) => become(link({ ...filters, ...more }));
  const mine = me.value?.subject ?? '';
  const text = (name: 'tag' | 'author' | 'assignee', label: string) => (
    <label>
      <span>{label}</span>
      <input class="select" maxLength={name === 'tag' ? 50 : 100} value={filters[name]} onChange={(event) => set({ [name]: event.currentTarget.value })} />
    </label>
  );
  const day = (name: 'from' | 'to', label: string) => (
    <label>
      <span>{label}</span>
      <input class="select" type="date" value={filters[name]} onChange={(event) => set({ [name]: event.currentTarget.value })} />
    </label>
  );
  const beside = narrowing(filters);
  return (
    <div class="narrow">
      <label class="sr-only" for="filter-words">{en.queue.words}</label>
      <input
        id="filter-words"
        type="search"
        class="select"
        maxLength={100}
        placeholder={en.queue.words}
        value={filters.words}
        onInput={(event) => set({ words: event.currentTarget.value })}
      />
      <label class="sr-only" for="filter-sort">{en.queue.sort}</label>
      <select id="filter-sort" class="select" value={filters.sort} onChange={(event) => set({ sort: event.currentTarget.value as Sort })}>
        {SORTS.map((sort) => <option key={sort} value={sort}>{en.queue.sorts[sort]}</option>)}
      </select>
      <Menu label={beside === 0 ? en.queue.filters : en.queue.filtersSet(beside)} kind="form">
        <label>
          <span>{en.queue.filterType}</span>
          <select
            class="select"
            value={filters.type ?? ''}
            onChange={(event) => set({ type: TYPES.find((type) => type === event.currentTarget.value) ?? null })}
          >
            <option value="">{en.queue.anyType}</option>
            {TYPES.map((type) => <option key={type} value={type}>{en.type[type]}</option>)}
          </select>
        </label>
        {text('tag', en.queue.filterTag)}
        {text('author', en.queue.filterAuthor)}
        {text('assignee', en.queue.filterAssignee)}
        {day('from', en.queue.filterFrom)}
        {day('to', en.queue.filterTo)}
      </Menu>
      <div class="segmented" role="group" aria-label={en.queue.filterWhose}>
        {(['', mine] as const).map((author) => (
          <a key={author} href={link({ ...filters, author })} aria-current={filters.author === author ? 'true' : undefined}>
            {author === '' ? en.queue.whose.all : en.queue.whose.mine}
          </a>
        ))}
      </div>
      {isNarrowed(filters) && (
        <button type="button" class="button button-quiet" onClick={() => go(link({ ...read(new URLSearchParams()), states: filters.states, sort: filters.sort }))}>{en.queue.clear}</button>
      )}
    </div>
  );
}
