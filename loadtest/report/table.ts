/** Lines of columns: the first to the left, the others to the right. */
export function tableLines(rows: readonly (readonly string[])[], indent = '  '): readonly string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, [...cell].length)
  return rows.map((row) =>
    `${indent}${row
      .map((cell, column) => {
        const gap = ' '.repeat((widths[column] ?? 0) - [...cell].length)
        return column === 0 ? cell + gap : gap + cell
      })
      .join('  ')}`.trimEnd(),
  )
}
