// A list of the API's as a table, page by page; on a phone each row is a card.
import type { ComponentChildren } from 'preact';

import type { Page } from '../ui/pages';
import { usePages } from '../ui/pages';
import { Empty, Loading, Trouble } from '../ui/parts';
import { kit } from './strings';

export interface Column<T> {
  name: string;
  cell: (row: T) => ComponentChildren;
  kind?: 'right' | 'long';
}

/** What can be done with a row. */
export interface Way {
  label: string;
  act: () => void;
  tone?: 'bad';
}

interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  /** What tells rows apart; said with each way for whoever hears it. */
  id: (row: T) => string;
  name?: (row: T) => string;
  ways?: (row: T) => readonly Way[];
}

export function Table<T>({ label, columns, rows, id, name = id, ways }: TableProps<T>) {
  return (
    // With its roles: on a phone it is laid out as cards, which would take them from it.
    <table class="table kit-table" role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => <th key={column.name} role="columnheader" scope="col" class={column.kind}>{column.name}</th>)}
          {ways && <th role="columnheader" scope="col"><span class="sr-only">{kit.ways}</span></th>}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={id(row)} role="row">
            {columns.map((column) => <td key={column.name} role="cell" class={column.kind} data-name={column.name}><div>{column.cell(row)}</div></td>)}
            {ways && <td role="cell" class="kit-ways"><Ways all={ways(row)} of={name(row)} /></td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Ways({ all, of }: { all: readonly Way[]; of: string }) {
  return (
    <div>
      {all.map(({ label, act, tone }) => (
        <button key={label} type="button" class={`button button-small ${tone === 'bad' ? 'kit-bad' : ''}`} aria-label={`${label}: ${of}`} onClick={act}>{label}</button>
      ))}
    </div>
  );
}

/** A list of the API's, and how to read it again. */
export function useList<T>(load: (cursor: string | null) => Promise<Page<T>>) {
  return usePages<T>(load, 0);
}

interface ListProps<T> extends Omit<TableProps<T>, 'rows'> {
  list: ReturnType<typeof useList<T>>;
  empty: { title: string; hint: string };
  children?: ComponentChildren;
}

export function List<T>({ list, empty, children, ...table }: ListProps<T>) {
  const { shown, problem, older, reload } = list;
  return (
    <>
      {problem && <Trouble problem={problem} again={reload} />}
      {shown === null && problem === null && <Loading label={kit.loading} />}
      {shown?.data.length === 0 && <Empty {...empty}>{children}</Empty>}
      {shown !== null && shown.data.length > 0 && <Table {...table} rows={shown.data} />}
      {older && <p class="table-foot"><button type="button" class="button" onClick={older}>{kit.more}</button></p>}
    </>
  );
}
