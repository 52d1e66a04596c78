// Comma-separated values as spreadsheets write them (RFC 4180): quotes around what has commas, lines or quotes in it. A text that
// was copied out of a spreadsheet has tabs for commas.
export function csv(text: string): string[][] {
  const separator = (text.split('\n', 1)[0] ?? '').includes('\t') ? '\t' : ',';
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endRow = () => {
    row.push(cell.trim());
    if (row.some((one) => one !== '')) rows.push(row);
    [row, cell] = [[], ''];
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && cell.trim() === '') [cell, quoted] = ['', true];
    else if (character === separator) {
      row.push(cell.trim());
      cell = '';
    } else if (character === '\n') endRow();
    else cell += character;
  }
  endRow();
  return rows;
}
