/**
 * Where things stand in a contract's file, by its text: a module that is imported no longer says.
 *
 * @module
 */

/** Where a contract is exported, from 1: `export const NAME`, or else the first line that has its pattern. */
export function lineOfExport(lines: readonly string[], name: string, topic: string): number {
  const place = new RegExp(`^export\\s+const\\s+${escaped(name)}(?![\\w$])`)
  const index = lines.findIndex((line) => place.test(line))
  return Math.max(1, (index === -1 ? lines.findIndex((line) => line.includes(topic)) : index) + 1)
}

/** The text of the doc comment that ends on the line above. */
export function descriptionAbove(lines: readonly string[], line: number): string {
  let from = line - 2
  if (!lines[from]?.trim().endsWith('*/')) return ''
  while (from >= 0 && !lines[from]?.trim().startsWith('/**')) from--
  return lines
    .slice(Math.max(0, from), line - 1)
    .map((text) =>
      text
        .trim()
        .replace(/^\/\*\*|\*\/$/g, '')
        .replace(/^\s*\*\s?/, '')
        .replace(/\*\/$/, '')
        .trim(),
    )
    .filter((text) => text !== '')
    .join(' ')
}

/** The first line from `from` to `to` that names a property, or `from`. */
export function lineOfProperty(lines: readonly string[], property: string, from: number, to: number): number {
  const place = new RegExp(`(^|[\\s{,])${property}\\s*[:,]`)
  for (let line = from; line <= to; line++) if (place.test(lines[line - 1] ?? '')) return line
  return from
}

/** A text as a pattern that is met by this text alone. */
export const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)
