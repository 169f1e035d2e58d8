/**
 * IAM's condition operators, and what they make of a key that a request does not have. Pure. docs/aws-iot-core.md §6.
 *
 * @module
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { compileWildcard, matchesWildcard, substitute, type Variables } from './wildcard.ts'

/** `ForAnyValue:StringLikeIfExists`, taken apart. */
export interface Operator {
  readonly name: string
  readonly quantifier: 'ForAnyValue' | 'ForAllValues' | undefined
  readonly ifExists: boolean
}

/** One value wanted, ready to compare with a value seen; undefined when it names a variable that is unknown. */
type Compile = (wanted: string, variables: Variables) => ((seen: string) => boolean) | undefined

interface Comparison {
  readonly compile: Compile
  readonly negated: boolean
}

const equals: Compile = (wanted, variables) => {
  const text = substitute(wanted, variables)
  return text === undefined ? undefined : (seen) => seen === text
}

const equalsIgnoreCase: Compile = (wanted, variables) => {
  const text = substitute(wanted, variables)?.toLowerCase()
  return text === undefined ? undefined : (seen) => seen.toLowerCase() === text
}

const like: Compile = (wanted, variables) => {
  const pattern = compileWildcard(wanted, variables)
  return pattern === undefined ? undefined : (seen) => matchesWildcard(pattern, seen)
}

/** Each of the six parts between colons by itself; the last may hold colons. */
const arn: Compile = (wanted, variables) => {
  const patterns = partsOfArn(wanted).map((part) => compileWildcard(part, variables))
  if (patterns.includes(undefined)) return undefined
  return (seen) => {
    const parts = partsOfArn(seen)
    return (
      parts.length === patterns.length &&
      parts.every((part, index) => matchesWildcard(patterns[index] ?? '', part))
    )
  }
}

const ip: Compile = (wanted) => {
  const range = readRange(wanted)
  return (seen) => {
    const address = seen.replace(/^::ffff:(?=\d+\.)/i, '')
    return range !== undefined && range.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
  }
}

function compared(read: (text: string) => number, holds: (seen: number, wanted: number) => boolean): Compile {
  return (wanted, variables) => {
    const text = substitute(wanted, variables)
    return text === undefined ? undefined : (seen) => holds(read(seen), read(text))
  }
}

const numbers = ordered('Numeric', Number)
const dates = ordered('Date', readDate)

const comparisons: Readonly<Record<string, Comparison>> = {
  ...both('StringEquals', 'StringNotEquals', equals),
  ...both('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', equalsIgnoreCase),
  ...both('StringLike', 'StringNotLike', like),
  ...both('ArnEquals', 'ArnNotEquals', arn),
  ...both('ArnLike', 'ArnNotLike', arn),
  ...both('IpAddress', 'NotIpAddress', ip),
  ...numbers,
  ...dates,
  Bool: { compile: equalsIgnoreCase, negated: false },
  BinaryEquals: { compile: equals, negated: false },
}

/** Takes an operator's name apart; undefined when IAM has none of that name. */
export function readOperator(text: string): Operator | undefined {
  const [first = '', second] = text.split(':')
  const quantifier = second === undefined ? undefined : first
  if (quantifier !== undefined && quantifier !== 'ForAnyValue' && quantifier !== 'ForAllValues')
    return undefined
  const full = second ?? first
  const ifExists = full.endsWith('IfExists')
  const name = ifExists ? full.slice(0, -'IfExists'.length) : full
  if (name === 'Null' && !ifExists) return { name, quantifier, ifExists }
  return Object.hasOwn(comparisons, name) ? { name, quantifier, ifExists } : undefined
}

/** What is wrong with a value for this operator, or undefined. */
export function valueProblem({ name }: Operator, value: string): string | undefined {
  if (value.includes('${')) return undefined
  if (name.endsWith('IpAddress') && readRange(value) === undefined) return 'an address or CIDR range'
  if (name.startsWith('Numeric') && (value.trim() === '' || Number.isNaN(Number(value)))) return 'a number'
  if (name.startsWith('Date') && Number.isNaN(readDate(value)))
    return 'a date of ISO 8601, or seconds since 1970'
  if ((name === 'Bool' || name === 'Null') && !/^(true|false)$/i.test(value)) return 'true or false'
  return undefined
}

/** Says whether the values seen pass; undefined when a variable is unknown. `seen` is undefined for a missing key. */
export type Condition = (seen: readonly string[] | undefined) => boolean

/** Compiles one condition; undefined when one of its values names an unknown variable. */
export function compileCondition(
  operator: Operator,
  wanted: readonly string[],
  variables: Variables,
): Condition | undefined {
  if (operator.name === 'Null') {
    const missing = wanted.some((value) => value.toLowerCase() === 'true')
    return (seen) => (seen === undefined) === missing
  }
  const comparison = comparisons[operator.name]
  const tests = wanted.map((value) => comparison?.compile(value, variables))
  if (!comparison || tests.includes(undefined)) return undefined
  const { negated } = comparison
  const { quantifier, ifExists } = operator
  const matches = (value: string): boolean => tests.some((test) => test?.(value))
  return (seen) => {
    if (quantifier === 'ForAllValues') return (seen ?? []).every((value) => matches(value) !== negated)
    if (seen === undefined || seen.length === 0) return ifExists || (negated && quantifier === undefined)
    if (quantifier === 'ForAnyValue') return seen.some((value) => matches(value) !== negated)
    return seen.some(matches) !== negated
  }
}

function both(positive: string, negative: string, compile: Compile): Record<string, Comparison> {
  return { [positive]: { compile, negated: false }, [negative]: { compile, negated: true } }
}

function ordered(type: string, read: (text: string) => number): Record<string, Comparison> {
  return {
    ...both(
      `${type}Equals`,
      `${type}NotEquals`,
      compared(read, (seen, wanted) => seen === wanted),
    ),
    [`${type}LessThan`]: { compile: compared(read, (seen, wanted) => seen < wanted), negated: false },
    [`${type}LessThanEquals`]: { compile: compared(read, (seen, wanted) => seen <= wanted), negated: false },
    [`${type}GreaterThan`]: { compile: compared(read, (seen, wanted) => seen > wanted), negated: false },
    [`${type}GreaterThanEquals`]: {
      compile: compared(read, (seen, wanted) => seen >= wanted),
      negated: false,
    },
  }
}

/** Ms since 1970, from ISO 8601 or from seconds since 1970; NaN for neither. */
function readDate(text: string): number {
  return /^\d+$/.test(text) && text.length > 4 ? Number(text) * 1000 : Date.parse(text)
}

function partsOfArn(text: string): string[] {
  const parts = text.split(':')
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])]
}

function readRange(text: string): BlockList | undefined {
  const [address = '', prefix] = text.split('/')
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined
  const bits = family === 'ipv4' ? 32 : 128
  if (!family || (prefix !== undefined && (!/^\d+$/.test(prefix) || Number(prefix) > bits))) return undefined
  const list = new BlockList()
  list.addSubnet(address, prefix === undefined ? bits : Number(prefix), family)
  return list
}
