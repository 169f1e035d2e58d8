/**
 * Update expressions: SET, REMOVE, ADD and DELETE, each at most once, in any order.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
 *
 * @module
 */
import { Cursor } from './cursor.ts'
import type { PathSyntax, SetValueSyntax, UpdateSyntax } from './syntax.ts'

type Section = keyof UpdateSyntax

const conditionFunctions: ReadonlySet<string> = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'size',
])

/** Parses an update. Throws ValidationException that shows the place. */
export function parseUpdate(expression: string): UpdateSyntax {
  const cursor = new Cursor('UpdateExpression', expression)
  const update = {
    set: [] as { path: PathSyntax; value: SetValueSyntax }[],
    remove: [] as PathSyntax[],
    add: [] as { path: PathSyntax; placeholder: string }[],
    delete: [] as { path: PathSyntax; placeholder: string }[],
  }
  const seen = new Set<Section>()
  do {
    const section = takeSection(cursor)
    if (seen.has(section)) {
      throw cursor.error(
        `The "${section.toUpperCase()}" section can only be used once in an update expression;`,
      )
    }
    seen.add(section)
    do {
      const path = cursor.path()
      if (section === 'remove') {
        update.remove.push(path)
      } else if (section === 'set') {
        cursor.expectSymbol('=')
        update.set.push({ path, value: parseSetValue(cursor) })
      } else {
        if (cursor.peek().kind !== 'value') throw cursor.syntaxError()
        update[section].push({ path, placeholder: cursor.next().text })
      }
    } while (cursor.takeSymbol(','))
  } while (cursor.peek().kind !== 'end')
  return update
}

function takeSection(cursor: Cursor): Section {
  for (const section of ['set', 'remove', 'add', 'delete'] as const) {
    if (cursor.takeKeyword(section.toUpperCase())) return section
  }
  throw cursor.syntaxError()
}

/** One operand, or a sum or difference of two. */
function parseSetValue(cursor: Cursor): SetValueSyntax {
  const left = parseOperand(cursor)
  for (const kind of ['+', '-'] as const) {
    if (!cursor.takeSymbol(kind)) continue
    const right = parseOperand(cursor)
    if (left.kind === 'list_append' || right.kind === 'list_append') {
      throw cursor.error(
        'The function is not allowed to be used this way in an expression; function: list_append',
      )
    }
    return { kind, left, right }
  }
  return left
}

function parseOperand(cursor: Cursor): SetValueSyntax {
  if (cursor.takeSymbol('(')) {
    const value = parseSetValue(cursor)
    cursor.expectSymbol(')')
    return value
  }
  const token = cursor.peek()
  if (token.kind === 'value') return { kind: 'value', placeholder: cursor.next().text }
  const following = cursor.peek(1)
  if (token.kind === 'word' && following.kind === 'symbol' && following.text === '(') {
    return parseFunction(cursor)
  }
  return { kind: 'path', path: cursor.path() }
}

function parseFunction(cursor: Cursor): SetValueSyntax {
  const name = cursor.next().text
  cursor.expectSymbol('(')
  const operands: SetValueSyntax[] = []
  do operands.push(parseOperand(cursor))
  while (cursor.takeSymbol(','))
  cursor.expectSymbol(')')
  if (conditionFunctions.has(name)) {
    throw cursor.error(`The function is not allowed in an update expression; function: ${name}`)
  }
  if (name !== 'if_not_exists' && name !== 'list_append') {
    throw cursor.error(`Invalid function name; function: ${name}`)
  }
  const [left, right] = operands
  if (!left || !right || operands.length !== 2) {
    throw cursor.error(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    )
  }
  if (name === 'list_append') return { kind: 'list_append', left, right }
  if (left.kind !== 'path') {
    throw cursor.error(`Operator or function requires a document path; operator or function: ${name}`)
  }
  return { kind: 'if_not_exists', path: left.path, otherwise: right }
}
