/**
 * The matching rules that SNS filter policies and Lambda's event filters share.
 *
 * https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
 *
 * @module
 */

/** A value in the data: a JSON scalar, or undefined where there is none. */
export type Scalar = string | number | boolean | null | undefined

/** A rule of a list: a value to equal, or one operator. */
export type MatchingRule = string | number | boolean | null | Readonly<Record<string, unknown>>

/** A pattern: each key must match; a list holds rules of which one must match; an object goes down a level. */
export interface Pattern {
  readonly [key: string]: readonly unknown[] | Pattern
}

type Test = (operand: unknown, value: Exclude<Scalar, undefined>) => boolean

const text = (run: (operand: string, value: string) => boolean): Test => {
  return (operand, value) => typeof operand === 'string' && typeof value === 'string' && run(operand, value)
}

const operators: Readonly<Record<string, Test>> = {
  prefix: text((operand, value) => value.startsWith(operand)),
  suffix: text((operand, value) => value.endsWith(operand)),
  'equals-ignore-case': text((operand, value) => value.toLowerCase() === operand.toLowerCase()),
  wildcard: text((operand, value) => wildcard(operand).test(value)),
  'anything-but': (operand, value) =>
    !(Array.isArray(operand) ? operand : [operand]).some((item: unknown) =>
      matchesRule(item as MatchingRule, value),
    ),
  numeric: (operand, value) => Array.isArray(operand) && typeof value === 'number' && inRange(operand, value),
}

/** Whether one rule matches one value. @throws Error naming a rule that is not part of the language */
export function matchesRule(rule: MatchingRule, value: Scalar): boolean {
  if (typeof rule !== 'object' || rule === null) return rule === value
  const [operator, ...more] = Object.keys(rule)
  if (operator === undefined || more.length > 0) {
    throw new Error(`filter rule ${JSON.stringify(rule)}: expected exactly one operator`)
  }
  const operand = rule[operator]
  if (operator === 'exists') return (value !== undefined) === (operand === true)
  const test = Object.hasOwn(operators, operator) ? operators[operator] : undefined
  if (!test) {
    throw new Error(
      `filter rule ${JSON.stringify(rule)}: unknown operator; expected exists, ${Object.keys(operators).join(', ')}`,
    )
  }
  return value !== undefined && test(operand, value)
}

/** Whether data matches a nested pattern; a list in the data matches when one of its elements does. */
export function matchesPattern(pattern: Pattern, data: unknown): boolean {
  for (const key in pattern) {
    const expected = pattern[key]
    if (key === '$or' && Array.isArray(expected)) {
      if (!expected.some((alternative) => matchesPattern(alternative as Pattern, data))) return false
      continue
    }
    const value = isObject(data) ? data[key] : undefined
    if (!(Array.isArray(expected) ? matchesLeaf(expected, value) : matchesBelow(expected as Pattern, value)))
      return false
  }
  return true
}

/** A pattern from a template, checked before any data comes. @throws Error naming what is wrong with it */
export function checkedPattern(pattern: Readonly<Record<string, unknown>>): Pattern {
  for (const [key, expected] of Object.entries(pattern)) {
    if (!Array.isArray(expected)) {
      if (!isObject(expected))
        throw new Error(`filter ${JSON.stringify(key)}: expected a list of rules or an object`)
      checkedPattern(expected)
    } else if (key === '$or') for (const alternative of expected) checkedPattern(alternative as Pattern)
    else if (expected.length === 0)
      throw new Error(`filter ${JSON.stringify(key)}: an empty list matches nothing`)
    else for (const rule of expected) matchesRule(rule as MatchingRule, 'x')
  }
  return pattern as Pattern
}

function matchesLeaf(rules: readonly unknown[], value: unknown): boolean {
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return rules.some((rule) => values.some((item) => matchesRule(rule as MatchingRule, scalar(item))))
}

function matchesBelow(pattern: Pattern, value: unknown): boolean {
  return Array.isArray(value)
    ? value.some((item) => matchesPattern(pattern, item))
    : matchesPattern(pattern, value)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `exists` looks at leaves only: an object is no leaf, so it counts as absent, as on AWS. */
const scalar = (value: unknown): Scalar =>
  isObject(value) || Array.isArray(value) ? undefined : (value as Scalar)

function inRange(range: readonly unknown[], value: number): boolean {
  for (let index = 0; index < range.length; index += 2) {
    const bound = range[index + 1]
    if (typeof bound !== 'number') return false
    if (!compares(range[index], value, bound)) return false
  }
  return range.length > 0
}

function compares(operator: unknown, value: number, bound: number): boolean {
  switch (operator) {
    case '=':
      return value === bound
    case '<':
      return value < bound
    case '<=':
      return value <= bound
    case '>':
      return value > bound
    case '>=':
      return value >= bound
    default:
      throw new Error(`numeric filter: ${JSON.stringify(operator)}; expected =, <, <=, > or >=`)
  }
}

function wildcard(pattern: string): RegExp {
  const literal = (part: string): string => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
  return new RegExp(`^${pattern.split('*').map(literal).join('.*')}$`, 's')
}
