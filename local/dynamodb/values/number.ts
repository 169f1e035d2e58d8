/**
 * DynamoDB's numbers: decimal, up to 38 significant digits, magnitudes from 1E-130 to 9.99E125, exact.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
 *
 * @module
 */
import { invalid } from '../errors.ts'

/** `coefficient` × 10^`exponent`, the coefficient without trailing zeros; zero is 0 × 10^0. */
export interface Decimal {
  readonly coefficient: bigint
  readonly exponent: number
}

const significantDigitsMax = 38
const magnitudeMax = 125
const magnitudeMin = -130

/** Integers that are safe in double arithmetic and already in their one spelling: nearly every number there is. */
const smallInteger = /^(?:0|-?[1-9]\d{0,14})$/
const numeric = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/

/** Reads a number. Throws ValidationException for what is none, or is out of range. */
export function parseDecimal(text: string): Decimal {
  const match = numeric.exec(text)
  const whole = match?.[2] ?? ''
  const fraction = match?.[3] ?? ''
  if (!match || whole.length + fraction.length === 0) {
    throw invalid(`The parameter cannot be converted to a numeric value: ${text}`)
  }
  const digits = (whole + fraction).replace(/^0+/, '')
  const trimmed = digits.replace(/0+$/, '')
  if (trimmed === '') return { coefficient: 0n, exponent: 0 }
  const exponent = Number(match[4] ?? 0) - fraction.length + (digits.length - trimmed.length)
  const coefficient = BigInt(trimmed)
  return inRange({ coefficient: match[1] === '-' ? -coefficient : coefficient, exponent }, trimmed.length)
}

function inRange(decimal: Decimal, digits: number): Decimal {
  const magnitude = decimal.exponent + digits - 1
  if (magnitude > magnitudeMax) {
    throw invalid('Number overflow. Attempting to store a number with magnitude larger than supported range')
  }
  if (magnitude < magnitudeMin) {
    throw invalid(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    )
  }
  if (digits > significantDigitsMax) {
    throw invalid('Attempting to store more than 38 significant digits in a Number')
  }
  return decimal
}

/** The one spelling of a number: plain digits, no exponent, no trailing zeros. */
export function formatDecimal({ coefficient, exponent }: Decimal): string {
  const sign = coefficient < 0n ? '-' : ''
  const digits = (coefficient < 0n ? -coefficient : coefficient).toString()
  if (exponent >= 0) return sign + digits + '0'.repeat(exponent)
  const point = digits.length + exponent
  if (point > 0) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
  return `${sign}0.${'0'.repeat(-point)}${digits}`
}

/** A number as DynamoDB gives it back: `1.50` → `1.5`, `1e3` → `1000`. Throws ValidationException. */
export function canonicalNumber(text: string): string {
  return smallInteger.test(text) ? text : formatDecimal(parseDecimal(text))
}

/** Negative, zero or positive, exact. */
export function compareNumbers(left: string, right: string): number {
  if (smallInteger.test(left) && smallInteger.test(right)) return Number(left) - Number(right)
  const [a, b] = aligned(parseDecimal(left), parseDecimal(right))
  return a < b ? -1 : a > b ? 1 : 0
}

/** The sum, exact. Throws ValidationException when it needs more than 38 digits or is out of range. */
export function addNumbers(left: string, right: string): string {
  if (smallInteger.test(left) && smallInteger.test(right)) return String(Number(left) + Number(right))
  return sum(parseDecimal(left), parseDecimal(right))
}

/** The difference, exact. Throws ValidationException as `addNumbers` does. */
export function subtractNumbers(left: string, right: string): string {
  if (smallInteger.test(left) && smallInteger.test(right)) return String(Number(left) - Number(right))
  const { coefficient, exponent } = parseDecimal(right)
  return sum(parseDecimal(left), { coefficient: -coefficient, exponent })
}

/** Bytes that a number counts for: two digits a byte, and one, and one more when negative. */
export function numberBytes(canonical: string): number {
  const digits = canonical.replace(/^-?0?\.?0*/, '').replace('.', '')
  const significant = canonical.includes('.') ? digits : digits.replace(/0+$/, '')
  return Math.ceil(significant.length / 2) + 1 + (canonical.startsWith('-') ? 1 : 0)
}

function sum(left: Decimal, right: Decimal): string {
  const [a, b, exponent] = aligned(left, right)
  let coefficient = a + b
  if (coefficient === 0n) return '0'
  let scale = exponent
  while (coefficient % 10n === 0n) {
    coefficient /= 10n
    scale += 1
  }
  const digits = (coefficient < 0n ? -coefficient : coefficient).toString().length
  return formatDecimal(inRange({ coefficient, exponent: scale }, digits))
}

/** Both coefficients on the smaller exponent. */
function aligned(left: Decimal, right: Decimal): [bigint, bigint, number] {
  const exponent = Math.min(left.exponent, right.exponent)
  return [
    left.coefficient * 10n ** BigInt(left.exponent - exponent),
    right.coefficient * 10n ** BigInt(right.exponent - exponent),
    exponent,
  ]
}
