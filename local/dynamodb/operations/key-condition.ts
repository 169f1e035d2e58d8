/**
 * From a key condition to a partition and a range of sort keys.
 *
 * @module
 */
import { invalid, invalidParameter } from '../errors.ts'
import { incorrectOperandType, requireBounds } from '../expressions/condition.ts'
import { conditionOf } from '../expressions/parse.ts'
import type { Placeholders } from '../expressions/placeholders.ts'
import type { Comparator, ConditionSyntax, OperandSyntax } from '../expressions/syntax.ts'
import { checkKeyValue } from '../keys.ts'
import type { Bound } from '../storage/items.ts'
import type { KeyAttribute, Table } from '../table.ts'
import { type AttributeValue, typeOf } from '../values/attribute-value.ts'
import { afterPrefix, type EncodedKey, encodeKey } from '../values/key-encoding.ts'

export interface KeyRange {
  readonly pk: EncodedKey
  readonly low?: Bound
  readonly high?: Bound
}

/** One condition on one key attribute. */
interface Clause {
  readonly name: string
  readonly operator: Comparator | 'BETWEEN' | 'begins_with'
  readonly values: readonly AttributeValue[]
}

const kind = 'KeyConditionExpression'
const mirrored: Readonly<Record<Comparator, Comparator>> = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
}

/** The range that a key condition names. Throws ValidationException. */
export function keyRangeOf(table: Table, expression: string, placeholders: Placeholders): KeyRange {
  const clauses = clausesOf(conditionOf[kind](expression), placeholders)
  if (new Set(clauses.map(({ name }) => name)).size !== clauses.length) {
    throw invalid('KeyConditionExpressions must only contain one condition per key')
  }
  const { partitionKey, sortKey } = table
  const onPartition = clauses.find(({ name }) => name === partitionKey.name)
  const [onSort, ...others] = clauses.filter((clause) => clause !== onPartition)
  if (!onPartition) throw invalid(`Query condition missed key schema element: ${partitionKey.name}`)
  if (others.length > 0) throw invalid('Conditions can be of length 1 or 2 only')
  if (onPartition.operator !== '=') throw invalid('Query key condition not supported')
  const [pk] = encoded(onPartition, partitionKey, true)
  if (!onSort) return { pk: pk as EncodedKey }
  if (onSort.name !== sortKey?.name) {
    throw invalid(`Query condition missed key schema element: ${sortKey?.name ?? onSort.name}`)
  }
  return { pk: pk as EncodedKey, ...boundsOf(onSort, sortKey) }
}

function boundsOf(clause: Clause, attribute: KeyAttribute): { low?: Bound; high?: Bound } {
  const [first, second] = encoded(clause, attribute, false) as [EncodedKey, EncodedKey]
  switch (clause.operator) {
    case '=':
      return { low: { key: first, inclusive: true }, high: { key: first, inclusive: true } }
    case '<':
    case '<=':
      return { high: { key: first, inclusive: clause.operator === '<=' } }
    case '>':
    case '>=':
      return { low: { key: first, inclusive: clause.operator === '>=' } }
    case 'BETWEEN':
      return { low: { key: first, inclusive: true }, high: { key: second, inclusive: true } }
    case 'begins_with': {
      const above = afterPrefix(first)
      return {
        low: { key: first, inclusive: true },
        ...(above !== undefined && { high: { key: above, inclusive: false } }),
      }
    }
    case '<>':
      throw invalidOperator('<>')
  }
}

function encoded(clause: Clause, attribute: KeyAttribute, partition: boolean): EncodedKey[] {
  return clause.values.map((value) => {
    if (typeOf(value) !== attribute.type) {
      throw invalidParameter('Condition parameter type does not match schema type')
    }
    checkKeyValue(attribute, value, partition)
    return encodeKey(value)
  })
}

function clausesOf(syntax: ConditionSyntax, placeholders: Placeholders): Clause[] {
  switch (syntax.kind) {
    case 'and':
      return [...clausesOf(syntax.left, placeholders), ...clausesOf(syntax.right, placeholders)]
    case 'compare': {
      if (syntax.comparator === '<>') throw invalidOperator('<>')
      const swapped = syntax.left.kind === 'value'
      const [key, value] = swapped ? [syntax.right, syntax.left] : [syntax.left, syntax.right]
      const operator = swapped ? mirrored[syntax.comparator] : syntax.comparator
      return [{ name: keyName(key, placeholders), operator, values: [keyValue(value, placeholders)] }]
    }
    case 'between': {
      const values = [keyValue(syntax.low, placeholders), keyValue(syntax.high, placeholders)]
      requireBounds(kind, values[0], values[1])
      return [{ name: keyName(syntax.operand, placeholders), operator: 'BETWEEN', values }]
    }
    case 'begins_with': {
      const value = keyValue(syntax.argument, placeholders)
      if (value.S === undefined && value.B === undefined) {
        throw incorrectOperandType(kind, 'begins_with', typeOf(value))
      }
      return [{ name: keyName(syntax.operand, placeholders), operator: 'begins_with', values: [value] }]
    }
    case 'or':
    case 'not':
    case 'in':
      throw invalidOperator(syntax.kind.toUpperCase())
    case 'exists':
      throw invalidOperator(syntax.wanted ? 'attribute_exists' : 'attribute_not_exists')
    case 'contains':
    case 'attribute_type':
      throw invalidOperator(syntax.kind)
  }
}

function keyName(operand: OperandSyntax, placeholders: Placeholders): string {
  if (operand.kind === 'size') throw invalid('KeyConditionExpressions cannot contain nested operations')
  if (operand.kind === 'value') {
    throw invalid('Invalid condition in KeyConditionExpression: No key attribute specified')
  }
  const [name, ...deeper] = placeholders.path(kind, operand.path)
  if (deeper.length > 0) {
    throw invalid(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: ${name}`,
    )
  }
  return String(name)
}

function keyValue(operand: OperandSyntax, placeholders: Placeholders): AttributeValue {
  if (operand.kind === 'value') return placeholders.value(kind, operand.placeholder)
  if (operand.kind === 'size') throw invalid('KeyConditionExpressions cannot contain nested operations')
  throw invalid('Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition')
}

function invalidOperator(operator: string): Error {
  return invalid(`Invalid operator used in KeyConditionExpression: ${operator}`)
}
