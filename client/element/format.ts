/**
 * How a field of a message is written for people.
 *
 * @module
 */

/** What the attribute `format` may say. */
export type FieldFormat = 'text' | 'number' | 'percent' | 'currency' | 'time' | 'date'

/** The value at `path` (`total.value`) of `data`; the whole of it without a path. Only what an object has of its own. */
export function fieldOf(data: unknown, path: string): unknown {
  let value = data
  for (const key of path === '' ? [] : path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/** Which field, and how it is written. */
export interface FieldOptions {
  readonly path: string
  readonly format: FieldFormat
  /** ISO 4217. Default: the field `currency` beside the field: `total.currency` for `total.value`. */
  readonly currency: string | undefined
  /** BCP 47. Default: the page's, then the reader's. */
  readonly locale: string | undefined
}

/**
 * The field as text; empty for one that is not there. Money is in minor units: 1234 of GBP is £12.34. What cannot be
 * written so, for a locale (`en_GB`) or a currency that there is not, is written plainly.
 */
export function formatField(data: unknown, options: FieldOptions, number?: number): string {
  const value = number ?? fieldOf(data, options.path)
  try {
    return written(data, value, options)
  } catch {
    // Intl's RangeErrors, and JSON's for what is too deep.
    return typeof value === 'object' ? '…' : `${value as string | number | boolean}`
  }
}

function written(data: unknown, value: unknown, options: FieldOptions): string {
  const { path, format, locale } = options
  if (value === undefined || value === null) return ''
  if (typeof value === 'number' && format !== 'text' && format !== 'time' && format !== 'date') {
    const beside = fieldOf(data, path.replace(/[^.]*$/, 'currency'))
    const currency = options.currency ?? (typeof beside === 'string' ? beside : undefined)
    return format === 'currency' && currency
      ? formatMoney(value, currency, locale)
      : new Intl.NumberFormat(locale, { style: format === 'percent' ? 'percent' : 'decimal' }).format(value)
  }
  if ((format === 'time' || format === 'date') && (typeof value === 'string' || typeof value === 'number')) {
    const at = new Date(value)
    const style = format === 'time' ? { timeStyle: 'short' as const } : { dateStyle: 'medium' as const }
    if (!Number.isNaN(at.getTime())) return new Intl.DateTimeFormat(locale, style).format(at)
  }
  return typeof value === 'object' ? JSON.stringify(value) : `${value as string | number | boolean}`
}

function formatMoney(minorUnits: number, currency: string, locale: string | undefined): string {
  const style = { style: 'currency', currency } as const
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat(locale, style).resolvedOptions()
  const value = minorUnits / 10 ** digits
  // Whole amounts without their zeros: a ticker is read from afar.
  const minimumFractionDigits = Number.isInteger(value) ? 0 : digits
  return new Intl.NumberFormat(locale, { ...style, minimumFractionDigits }).format(value)
}
