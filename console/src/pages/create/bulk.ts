// Rows of a pasted table as requests: the first row names the fields.
import type { NewTask } from '../../api/types';
import { csv } from '../../text/csv';

const LISTS = ['tags', 'categories'];
const NUMBERS = ['target_length'];
const YES_NO = ['generate_featured_image', 'allow_near_duplicate'];
const TEXTS = [
  'topic', 'task_type', 'style', 'tone', 'target_audience', 'primary_keyword', 'quality_preference', 'publish_mode', 'language', 'model', 'callback_url', 'max_cost_usd',
];
export const COLUMNS = [...TEXTS, ...NUMBERS, ...LISTS, ...YES_NO];
/** The most that the API takes at once. */
export const MOST = 100;

export interface Rows {
  tasks: NewTask[];
  /** Names in the first row that are no fields. */
  unknown: string[];
}

/** What the API would refuse is left as it is: it says which line breaks which rule. */
export function rows(text: string): Rows {
  const [head = [], ...lines] = csv(text);
  const names = head.map((name) => name.toLowerCase().replaceAll(' ', '_'));
  const tasks = lines.map((cells) => {
    const fields = names.flatMap((name, at): [string, unknown][] => {
      const cell = cells[at] ?? '';
      return cell !== '' && COLUMNS.includes(name) ? [[name, value(name, cell)]] : [];
    });
    return Object.fromEntries(fields) as unknown as NewTask;
  });
  return { tasks, unknown: names.filter((name) => name !== '' && !COLUMNS.includes(name)) };
}

function value(name: string, cell: string): unknown {
  if (LISTS.includes(name)) return cell.split(/[;|]/).map((one) => one.trim()).filter((one) => one !== '');
  if (NUMBERS.includes(name) && /^\d+$/.test(cell)) return Number(cell);
  if (YES_NO.includes(name) && /^(true|false|yes|no)$/i.test(cell)) return /^(true|yes)$/i.test(cell);
  return cell;
}
