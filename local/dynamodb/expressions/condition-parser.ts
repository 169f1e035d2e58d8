/**
 * Condition, filter and key condition expressions, by recursive descent: OR binds loosest, then AND, then NOT.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 *
 * @module
 */
import { Cursor } from './cursor.ts'
import type { Comparator, ConditionSyntax, ExpressionKind, OperandSyntax } from './syntax.ts'

const inOperandsMax = 100
const comparators: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>='] satisfies Comparator[])

/** Functions of conditions, and how many operands each takes. */
const operandCounts: Readonly<Record<string, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
}
const updateFunctions: ReadonlySet<string> = new Set(['if_not_exists', 'list_append'])

interface FunctionCall {
  readonly kind: 'function'
  readonly name: string
  readonly operands: readonly (OperandSyntax | FunctionCall)[]
}

/** Parses a condition. Throws ValidationException that shows the place. */
export function parseCondition(kind: ExpressionKind, expression: string): ConditionSyntax {
  const cursor = new Cursor(kind, expression)
  // Conditions that stood in parentheses of their own: once more around them is refused, as by DynamoDB.
  const enclosed = new Set<ConditionSyntax>()
  const condition = parseOr(cursor, enclosed)
  cursor.expectEnd()
  return condition
}

function parseOr(cursor: Cursor, enclosed: Set<ConditionSyntax>): ConditionSyntax {
  let left = parseAnd(cursor, enclosed)
  while (cursor.takeKeyword('OR')) left = { kind: 'or', left, right: parseAnd(cursor, enclosed) }
  return left
}

function parseAnd(cursor: Cursor, enclosed: Set<ConditionSyntax>): ConditionSyntax {
  let left = parseNot(cursor, enclosed)
  while (cursor.takeKeyword('AND')) left = { kind: 'and', left, right: parseNot(cursor, enclosed) }
  return left
}

function parseNot(cursor: Cursor, enclosed: Set<ConditionSyntax>): ConditionSyntax {
  if (cursor.takeKeyword('NOT')) return { kind: 'not', condition: parseNot(cursor, enclosed) }
  if (!cursor.takeSymbol('(')) return parsePredicate(cursor)
  const condition = parseOr(cursor, enclosed)
  cursor.expectSymbol(')')
  if (enclosed.has(condition)) throw cursor.error('The expression has redundant parentheses;')
  enclosed.add(condition)
  return condition
}

function parsePredicate(cursor: Cursor): ConditionSyntax {
  const left = parseTerm(cursor)
  const token = cursor.peek()
  if (token.kind === 'symbol' && comparators.has(token.text)) {
    cursor.next()
    const operand = asOperand(cursor, left)
    const right = asOperand(cursor, parseTerm(cursor))
    return { kind: 'compare', comparator: token.text as Comparator, left: operand, right }
  }
  if (cursor.takeKeyword('BETWEEN')) {
    const operand = asOperand(cursor, left)
    const low = asOperand(cursor, parseTerm(cursor))
    if (!cursor.takeKeyword('AND')) throw cursor.syntaxError()
    return { kind: 'between', operand, low, high: asOperand(cursor, parseTerm(cursor)) }
  }
  if (cursor.takeKeyword('IN')) return parseIn(cursor, asOperand(cursor, left))
  if (left.kind !== 'function') throw cursor.syntaxError()
  return asCondition(cursor, left)
}

function parseIn(cursor: Cursor, operand: OperandSyntax): ConditionSyntax {
  cursor.expectSymbol('(')
  const options: OperandSyntax[] = []
  do options.push(asOperand(cursor, parseTerm(cursor)))
  while (cursor.takeSymbol(','))
  cursor.expectSymbol(')')
  if (options.length > inOperandsMax) {
    throw cursor.error(
      `The IN operator is provided with too many operands; number of operands: ${options.length}`,
    )
  }
  return { kind: 'in', operand, options }
}

function parseTerm(cursor: Cursor): OperandSyntax | FunctionCall {
  const token = cursor.peek()
  if (token.kind === 'value') return { kind: 'value', placeholder: cursor.next().text }
  const following = cursor.peek(1)
  if (token.kind === 'word' && following.kind === 'symbol' && following.text === '(') {
    return parseFunction(cursor)
  }
  return { kind: 'path', path: cursor.path() }
}

function parseFunction(cursor: Cursor): FunctionCall {
  const name = cursor.next().text
  cursor.expectSymbol('(')
  const operands: (OperandSyntax | FunctionCall)[] = []
  do operands.push(parseTerm(cursor))
  while (cursor.takeSymbol(','))
  cursor.expectSymbol(')')
  if (updateFunctions.has(name)) {
    throw cursor.error(`The function is not allowed in a condition expression; function: ${name}`)
  }
  const wanted = Object.hasOwn(operandCounts, name) ? operandCounts[name] : undefined
  if (wanted === undefined) throw cursor.error(`Invalid function name; function: ${name}`)
  if (operands.length !== wanted) {
    throw cursor.error(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    )
  }
  return { kind: 'function', name, operands }
}

/** A function stands as an operand: only `size` has a value. */
function asOperand(cursor: Cursor, term: OperandSyntax | FunctionCall): OperandSyntax {
  if (term.kind !== 'function') return term
  if (term.name !== 'size') throw notAllowedHere(cursor, term.name)
  return { kind: 'size', of: asOperand(cursor, term.operands[0] as OperandSyntax) }
}

/** A function stands as a condition: all but `size` are one. */
function asCondition(cursor: Cursor, call: FunctionCall): ConditionSyntax {
  const { name } = call
  if (name === 'size') throw notAllowedHere(cursor, name)
  const [first, second] = call.operands.map((operand) => asOperand(cursor, operand))
  if (name === 'attribute_exists' || name === 'attribute_not_exists') {
    if (first?.kind !== 'path') {
      throw cursor.error(`Operator or function requires a document path; operator or function: ${name}`)
    }
    return { kind: 'exists', wanted: name === 'attribute_exists', path: first.path }
  }
  return {
    kind: name as 'begins_with' | 'contains' | 'attribute_type',
    operand: first as OperandSyntax,
    argument: second as OperandSyntax,
  }
}

function notAllowedHere(cursor: Cursor, name: string): Error {
  return cursor.error(`The function is not allowed to be used this way in an expression; function: ${name}`)
}
