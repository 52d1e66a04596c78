// What each page of the console may weigh. A page counts with all that it loads and that the first load did not bring.
const KB = 1000;
/** What is loaded before anything is shown. */
const FIRST = 60 * KB;
/** All that somebody loads who reviews and edits, the text editor included. */
const EDITING = 130 * KB;
/** What any other page adds where it is opened. */
const PAGE = 25 * KB;
const EDIT = 'src/pages/edit/Edit.tsx';

/** The files of an entry of Vite's manifest: its own, its styles and assets, and those of what it imports. */
function filesOf(manifest, name, follow, found = new Set(), seen = new Set()) {
  const chunk = manifest[name];
  if (chunk === undefined || seen.has(name)) return found;
  seen.add(name);
  for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) found.add(file);
  for (const other of follow.flatMap((kind) => chunk[kind] ?? [])) filesOf(manifest, other, follow, found, seen);
  return found;
}

/**
 * The pages with what they weigh and may weigh, and the files that no page loads.
 *
 * `onPage` are the files that index.html names, itself included; `sizes` are the compressed sizes of all files.
 */
export function weigh(manifest, onPage, sizes) {
  const entry = manifest['index.html'];
  const first = new Set([...onPage, ...filesOf(manifest, 'index.html', ['imports'])]);
  const sum = (files) => [...files].reduce((total, file) => total + (sizes.get(file) ?? 0), 0);
  const counted = new Set(first);
  const pages = [{ name: 'first load', size: sum(first), most: FIRST }];
  for (const name of entry.dynamicImports ?? []) {
    // A page imports parts of the entry, which names all pages: those are not its own.
    const files = filesOf(manifest, name, ['imports', 'dynamicImports'], new Set(), new Set(['index.html']));
    for (const file of files) counted.add(file);
    const added = [...files].filter((file) => !first.has(file));
    pages.push(
      name === EDIT
        ? { name: 'first load, review and editor', size: sum(first) + sum(added), most: EDITING }
        : { name: name.replace(/^.*\/(\w+)\.\w+$/, '$1'), size: sum(added), most: PAGE },
    );
  }
  return { pages, uncounted: [...sizes.keys()].filter((file) => !counted.has(file)) };
}

/** What is wrong, a line for each; nothing where all is within the budget. */
export function overBudget({ pages, uncounted }) {
  const heavy = pages.filter(({ size, most }) => size > most);
  return [
    ...heavy.map(({ name, size, most }) => `over the budget: ${name} has ${(size / KB).toFixed(1)} of ${most / KB} kB`),
    ...uncounted.map((file) => `no page counts ${file}`),
  ];
}
