/** Whether a cell is a figure: it stands to the right. */
export function isFigure(cell: string): boolean {
  return /^[−-]?\$?\d[\d.,]*( ?(?:%|ms|s|MB|bytes)| min(?: \d+ s)?|\/s)?$|^–$/.test(cell)
}

/** Lines of columns: figures to the right, words to the left. The first row is the heading. */
export function tableLines(rows: readonly (readonly string[])[], indent = '  '): readonly string[] {
  const [, ...body] = rows
  const figures = (column: number): boolean =>
    body.length > 0 && body.every((row) => isFigure(row[column] ?? '–'))
  const widths: number[] = []
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, [...cell].length)
  return rows.map((row) =>
    `${indent}${row
      .map((cell, column) => {
        const gap = ' '.repeat((widths[column] ?? 0) - [...cell].length)
        return figures(column) ? gap + cell : cell + gap
      })
      .join('  ')}`.trimEnd(),
  )
}
