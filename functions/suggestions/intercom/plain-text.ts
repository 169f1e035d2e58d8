const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
}

/**
 * The text of a message's HTML: paragraphs and breaks become lines, other markup goes, character references are read, and
 * control characters but line feeds are taken out. At most `length` UTF-16 code units. It is text, and whoever shows
 * it escapes it.
 */
export function plainText(html: string, length: number): string {
  // `<[^<>]*>` looks at no character twice, however many `<` a hostile body has.
  const text = html
    .replaceAll(/<(?:br|\/p|\/div|\/li|\/h\d)\b[^<>]*>/gi, '\n')
    .replaceAll(/<[^<>]*>/g, '')
    .replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, reference)
    .replaceAll(/[^\P{Cc}\n]+/gu, ' ')
    .replaceAll(/[^\S\n]+/g, ' ')
    .replaceAll(/ ?\n\s*/g, '\n')
    .trim()
  return shorten(text, length)
}

/** The same on one line. */
export function plainLine(text: string, length: number): string {
  return shorten(text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim(), length)
}

/** At most `length` UTF-16 code units, well-formed, with an ellipsis where something was cut off. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text.toWellFormed()
  // The last code unit may be half of a pair.
  const kept = text.slice(0, length - 1)
  const isHalf = /[\ud800-\udbff]$/.test(kept)
  return `${(isHalf ? kept.slice(0, -1) : kept).toWellFormed()}…`
}

function reference(whole: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return named[name.toLowerCase()] ?? whole
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole
}
