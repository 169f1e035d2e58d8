/**
 * Money as people write it, from and to minor units. Nothing is computed in fractions, so every cent stays.
 *
 * @module
 */

export interface MoneyFormat {
  readonly currency: string
  /** Digits after the decimal sign: 2 for USD, 0 for JPY. */
  readonly digits: number
  /** What the reader's language puts before the fraction: `.` or `,`. */
  readonly decimalSign: string
  /** `121560149` → `$1,215,601.49`. */
  readonly format: (minorUnits: number) => string
  /** `150000000` → `$1,500,000`: no `.00`, for round figures. */
  readonly formatRound: (minorUnits: number) => string
}

/** How this currency is written in the reader's language. */
export function moneyFormat(currency: string, locale?: string): MoneyFormat {
  const full = new Intl.NumberFormat(locale, { style: 'currency', currency })
  const round = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    trailingZeroDisplay: 'stripIfInteger',
  })
  const digits = full.resolvedOptions().maximumFractionDigits ?? 2
  const example = new Intl.NumberFormat(locale).formatToParts(0.5)
  return {
    currency,
    digits,
    decimalSign: example.find(({ type }) => type === 'decimal')?.value ?? '.',
    format: (minorUnits) => full.format(decimal(minorUnits, digits)),
    formatRound: (minorUnits) => round.format(decimal(minorUnits, digits)),
  }
}

/** `decimal(5, 2)` → `'0.05'`: a string, which Intl formats without a rounding of its own. */
function decimal(minorUnits: number, digits: number): Intl.StringNumericLiteral {
  const text = String(minorUnits).padStart(digits + 1, '0')
  const at = text.length - digits
  return (digits === 0 ? text : `${text.slice(0, at)}.${text.slice(at)}`) as Intl.StringNumericLiteral
}

const plain = /^(?<whole>\d+)(?:[.,](?<fraction>\d*))?$/
// The decimal sign, if there is one, is another than the groups': `1.250.00` is nothing.
const grouped = /^(?<whole>\d{1,3}(?:([.,])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,](?<fraction>\d*))?$/

/**
 * Minor units of what somebody typed: `25`, `25.5`, `25,50`, `1,250.00`, `1.250,00`, with or without a currency sign.
 * Undefined for anything that cannot be read as one amount, or could be read as two: where `.` is the decimal sign,
 * `2.345` may be two or two thousand, and money is not guessed.
 */
export function parseMoney(
  text: string,
  { digits, decimalSign }: Pick<MoneyFormat, 'digits' | 'decimalSign'>,
): number | undefined {
  const typed = text.replaceAll(/[\s\u00A0\u202F'’\p{Sc}]/gu, '')
  // A separator before three digits groups thousands, except in a currency that has three digits after it.
  const match = (digits === 3 ? plain : grouped).exec(typed) ?? plain.exec(typed)
  if (!match) return undefined
  const { whole = '', fraction = '' } = match.groups ?? {}
  if (fraction.length > digits) return undefined
  // With one separator there is no telling; `1.250,00` and `1.250.000` are clear anywhere.
  if (whole.includes(decimalSign) && /^\d+[.,]\d+$/.test(typed)) return undefined
  const units = Number(whole.replaceAll(/[.,]/g, '') + fraction.padEnd(digits, '0'))
  return Number.isSafeInteger(units) ? units : undefined
}
