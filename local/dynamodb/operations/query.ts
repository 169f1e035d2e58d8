/** Query: a range of one partition, in the order of the sort key. */
import type { Engine } from '../engine.ts'
import { invalid } from '../errors.ts'
import { conditionOf } from '../expressions/parse.ts'
import { Placeholders } from '../expressions/placeholders.ts'
import type { ConditionSyntax, OperandSyntax, PathSyntax } from '../expressions/syntax.ts'
import type { Bound } from '../storage/items.ts'
import { keyNames, type Table } from '../table.ts'
import { compareEncoded, type EncodedKey } from '../values/key-encoding.ts'
import { type KeyRange, keyRangeOf } from './key-condition.ts'
import { planPage, readPage, startOf } from './pages.ts'
import type { QueryRequest } from './requests.ts'

export function query(engine: Engine, request: QueryRequest): string {
  const table = engine.tables.get(request.TableName)
  const { KeyConditionExpression, FilterExpression, ProjectionExpression } = request
  if (KeyConditionExpression === undefined) {
    throw invalid(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    )
  }
  const placeholders = new Placeholders(request, {
    ProjectionExpression,
    FilterExpression,
    KeyConditionExpression,
  })
  const range = keyRangeOf(table, KeyConditionExpression, placeholders)
  const plan = planPage(request, placeholders)
  if (FilterExpression !== undefined) refuseKeysInFilter(table, FilterExpression, placeholders)
  placeholders.refuseUnused()
  const forward = request.ScanIndexForward ?? true
  const start = startOf(table, request.ExclusiveStartKey)
  const { low, high } = start ? startingAfter(range, start, forward) : range
  const rows = engine.items.partition(table.id, range.pk, low, high, forward)
  return readPage(request, table, plan, rows)
}

/** The range behind a starting key. Throws ValidationException when the key lies outside the range. */
function startingAfter(
  range: KeyRange,
  start: { readonly pk: EncodedKey; readonly sk: EncodedKey },
  forward: boolean,
): { low: Bound | undefined; high: Bound | undefined } {
  if (compareEncoded(start.pk, range.pk) !== 0) {
    throw invalid('The provided starting key is outside query boundaries based on provided conditions')
  }
  const { low, high } = range
  const below = low && compareEncoded(start.sk, low.key) < (low.inclusive ? 0 : 1)
  const above = high && compareEncoded(start.sk, high.key) > (high.inclusive ? 0 : -1)
  if (below || above) throw invalid('The provided starting key does not match the range key predicate')
  const bound = { key: start.sk, inclusive: false }
  return forward ? { low: bound, high } : { low, high: bound }
}

function refuseKeysInFilter(table: Table, expression: string, placeholders: Placeholders): void {
  const keys = keyNames(table)
  for (const path of pathsOf(conditionOf.FilterExpression(expression))) {
    const [name] = placeholders.path('FilterExpression', path)
    if (keys.includes(String(name))) {
      throw invalid(
        `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`,
      )
    }
  }
}

function pathsOf(syntax: ConditionSyntax): PathSyntax[] {
  switch (syntax.kind) {
    case 'and':
    case 'or':
      return [...pathsOf(syntax.left), ...pathsOf(syntax.right)]
    case 'not':
      return pathsOf(syntax.condition)
    case 'compare':
      return [syntax.left, syntax.right].flatMap(pathsOfOperand)
    case 'between':
      return [syntax.operand, syntax.low, syntax.high].flatMap(pathsOfOperand)
    case 'in':
      return [syntax.operand, ...syntax.options].flatMap(pathsOfOperand)
    case 'exists':
      return [syntax.path]
    case 'begins_with':
    case 'contains':
    case 'attribute_type':
      return [syntax.operand, syntax.argument].flatMap(pathsOfOperand)
  }
}

function pathsOfOperand(operand: OperandSyntax): PathSyntax[] {
  if (operand.kind === 'path') return [operand.path]
  return operand.kind === 'size' ? pathsOfOperand(operand.of) : []
}
