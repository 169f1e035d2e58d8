/**
 * A condition bound to its names and values, and whether an item meets it.
 *
 * @module
 */
import {
  type AttributeType,
  attributeTypes,
  type AttributeValue,
  base64Bytes,
  type Item,
  setMembers,
  typeOf,
  utf8Bytes,
} from '../values/attribute-value.ts'
import { compareValues, sameValue } from '../values/compare.ts'
import { expressionError } from './cursor.ts'
import { type DocumentPath, formatPath, samePath, valueAt } from './document-path.ts'
import type { Placeholders } from './placeholders.ts'
import type { Comparator, ConditionSyntax, ExpressionKind, OperandSyntax } from './syntax.ts'

/** Whether an item (empty when there is none) meets the condition. */
export type Condition = (item: Item) => boolean

/** What an operand is in an item; undefined when it is not there. */
type Operand = ((item: Item) => AttributeValue | undefined) & {
  path?: DocumentPath
  /** The value of a placeholder. */
  fixed?: AttributeValue
  /** The type, where it is known before there is an item. */
  type?: AttributeType
}

const ordered: readonly AttributeType[] = ['S', 'N', 'B']

/** Puts names and values in place and checks the operands' types. Throws ValidationException. */
export function bindCondition(
  kind: ExpressionKind,
  syntax: ConditionSyntax,
  placeholders: Placeholders,
): Condition {
  const condition = (inner: ConditionSyntax) => bindCondition(kind, inner, placeholders)
  const operand = (inner: OperandSyntax) => bindOperand(kind, inner, placeholders)
  switch (syntax.kind) {
    case 'and': {
      const [left, right] = [condition(syntax.left), condition(syntax.right)]
      return (item) => left(item) && right(item)
    }
    case 'or': {
      const [left, right] = [condition(syntax.left), condition(syntax.right)]
      return (item) => left(item) || right(item)
    }
    case 'not': {
      const inner = condition(syntax.condition)
      return (item) => !inner(item)
    }
    case 'compare': {
      const [left, right] = [operand(syntax.left), operand(syntax.right)]
      refuseSameOperand(kind, syntax.comparator, left, [right])
      return comparison(kind, syntax.comparator, left, right)
    }
    case 'between': {
      const [value, low, high] = [operand(syntax.operand), operand(syntax.low), operand(syntax.high)]
      for (const each of [value, low, high]) requireType(kind, 'BETWEEN', each, ordered)
      refuseSameOperand(kind, 'BETWEEN', value, [low, high])
      requireBounds(kind, low.fixed, high.fixed)
      return (item) => isOrdered(value(item), '>=', low(item)) && isOrdered(value(item), '<=', high(item))
    }
    case 'in': {
      const value = operand(syntax.operand)
      const options = syntax.options.map((option) => operand(option))
      refuseSameOperand(kind, 'IN', value, options)
      return (item) => {
        const seen = value(item)
        return seen !== undefined && options.some((option) => isSame(seen, option(item)))
      }
    }
    case 'exists': {
      const path = placeholders.path(kind, syntax.path)
      return (item) => (valueAt(item, path) !== undefined) === syntax.wanted
    }
    case 'begins_with':
    case 'contains':
    case 'attribute_type': {
      const [value, argument] = [operand(syntax.operand), operand(syntax.argument)]
      refuseSameOperand(kind, syntax.kind, value, [argument])
      return functions[syntax.kind](kind, value, argument)
    }
  }
}

function bindOperand(kind: ExpressionKind, syntax: OperandSyntax, placeholders: Placeholders): Operand {
  switch (syntax.kind) {
    case 'path': {
      const path = placeholders.path(kind, syntax.path)
      return Object.assign((item: Item) => valueAt(item, path), { path })
    }
    case 'value': {
      const fixed = placeholders.value(kind, syntax.placeholder)
      return Object.assign(() => fixed, { fixed, type: typeOf(fixed) })
    }
    case 'size': {
      const of = bindOperand(kind, syntax.of, placeholders)
      requireType(kind, 'size', of, ['S', 'B', 'SS', 'NS', 'BS', 'L', 'M'])
      return Object.assign((item: Item) => sizeOf(of(item)), { type: 'N' as const })
    }
  }
}

function comparison(kind: ExpressionKind, comparator: Comparator, left: Operand, right: Operand): Condition {
  if (comparator === '=') return (item) => isSame(left(item), right(item))
  if (comparator === '<>') return (item) => !isSame(left(item), right(item))
  requireType(kind, comparator, left, ordered)
  requireType(kind, comparator, right, ordered)
  return (item) => isOrdered(left(item), comparator, right(item))
}

const functions = {
  begins_with(kind: ExpressionKind, value: Operand, argument: Operand): Condition {
    requireType(kind, 'begins_with', value, ['S', 'B'])
    requireType(kind, 'begins_with', argument, ['S', 'B'])
    return (item) => {
      const [text, prefix] = [value(item), argument(item)]
      if (text?.S !== undefined && prefix?.S !== undefined) return text.S.startsWith(prefix.S)
      if (text?.B === undefined || prefix?.B === undefined) return false
      const wanted = Buffer.from(prefix.B, 'base64')
      return Buffer.from(text.B, 'base64').subarray(0, wanted.length).equals(wanted)
    }
  },
  contains(_kind: ExpressionKind, value: Operand, argument: Operand): Condition {
    return (item) => {
      const [whole, part] = [value(item), argument(item)]
      if (!whole || !part) return false
      if (whole.S !== undefined) return part.S !== undefined && whole.S.includes(part.S)
      if (whole.B !== undefined) {
        return part.B !== undefined && Buffer.from(whole.B, 'base64').includes(Buffer.from(part.B, 'base64'))
      }
      if (whole.L) return whole.L.some((element) => sameValue(element, part))
      const member = whole.SS ? part.S : whole.NS ? part.N : whole.BS ? part.B : undefined
      return member !== undefined && (setMembers(whole)?.includes(member) ?? false)
    }
  },
  attribute_type(kind: ExpressionKind, value: Operand, argument: Operand): Condition {
    requireType(kind, 'attribute_type', argument, ['S'])
    const wanted = argument.fixed?.S
    if (wanted === undefined || !attributeTypes.has(wanted)) {
      throw expressionError(
        kind,
        `Invalid attribute type name found; type: ${wanted}, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}`,
      )
    }
    return (item) => {
      const seen = value(item)
      return seen !== undefined && typeOf(seen) === wanted
    }
  },
}

function isSame(left: AttributeValue | undefined, right: AttributeValue | undefined): boolean {
  return left !== undefined && right !== undefined && sameValue(left, right)
}

function isOrdered(
  left: AttributeValue | undefined,
  comparator: '<' | '<=' | '>' | '>=',
  right: AttributeValue | undefined,
): boolean {
  const order = left && right && compareValues(left, right)
  if (order === undefined) return false
  switch (comparator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

/** `size(path)`: bytes of a string or binary, elements of a set, list or map. */
function sizeOf(value: AttributeValue | undefined): AttributeValue | undefined {
  if (!value) return undefined
  const size =
    value.S !== undefined
      ? utf8Bytes(value.S)
      : value.B !== undefined
        ? base64Bytes(value.B)
        : (setMembers(value)?.length ?? value.L?.length ?? (value.M && Object.keys(value.M).length))
  return size === undefined ? undefined : { N: String(size) }
}

function requireType(
  kind: ExpressionKind,
  operator: string,
  operand: Operand,
  allowed: readonly AttributeType[],
): void {
  const { type } = operand
  if (type && !allowed.includes(type)) throw incorrectOperandType(kind, operator, type)
}

/** A value whose type the operator never takes. */
export function incorrectOperandType(kind: ExpressionKind, operator: string, type: string): Error {
  return expressionError(
    kind,
    `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`,
  )
}

/** Throws ValidationException for bounds of two types or in the wrong order. */
export function requireBounds(
  kind: ExpressionKind,
  low: AttributeValue | undefined,
  high: AttributeValue | undefined,
): void {
  if (!low || !high) return
  const bounds = `lower bound operand: AttributeValue: ${formatValue(low)}, upper bound operand: AttributeValue: ${formatValue(high)}`
  const order = compareValues(low, high)
  if (order === undefined) {
    throw expressionError(
      kind,
      `The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`,
    )
  }
  if (order > 0) {
    throw expressionError(
      kind,
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`,
    )
  }
}

function formatValue(value: AttributeValue): string {
  return `{${typeOf(value)}:${value.S ?? value.N ?? value.B}}`
}

function refuseSameOperand(
  kind: ExpressionKind,
  operator: string,
  first: Operand,
  others: readonly Operand[],
): void {
  const { path } = first
  if (path && others.some((other) => other.path && samePath(path, other.path))) {
    throw expressionError(
      kind,
      `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${formatPath(path)}`,
    )
  }
}
