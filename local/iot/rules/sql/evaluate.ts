/**
 * Runs a rule's SQL on one message. Pure, and never throws: what makes no sense is Undefined, as on AWS.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-operators.html
 *
 * @module
 */
import { functions, type RuleContext } from './functions.ts'
import type { BinaryOperator, Expression, Statement } from './syntax.ts'
import { areEqual, compare, isObject, member, toBoolean, toNumber, toText, type Value } from './values.ts'

/** What goes out for this message, or `undefined` when WHERE does not let it pass. A payload that is no JSON passes `SELECT *` as its bytes. */
export function runStatement(
  statement: Statement,
  context: RuleContext,
): { readonly out: Value } | undefined {
  if (statement.where && toBoolean(evaluate(statement.where, context)) !== true) return undefined
  if (statement.value) return { out: evaluate(statement.value, context) }
  const [only] = statement.selected
  if (statement.selected.length === 1 && only?.kind === 'all') return { out: context.payload }
  const out = emptyObject()
  for (const selected of statement.selected) {
    if (selected.kind === 'field') put(out, selected.into, evaluate(selected.expression, context))
    else if (isObject(context.payload)) Object.assign(out, context.payload)
  }
  return { out }
}

/** The value of an expression. */
export function evaluate(expression: Expression, context: RuleContext): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'everything':
      return context.payload
    case 'path':
      return expression.keys.reduce<Value>(member, context.payload)
    case 'not': {
      const value = toBoolean(evaluate(expression.operand, context))
      return value === undefined ? undefined : !value
    }
    case 'minus': {
      const value = toNumber(evaluate(expression.operand, context))
      return value === undefined ? undefined : -value
    }
    case 'binary':
      return evaluateBinary(expression.operator, expression.left, expression.right, context)
    case 'call':
      return functions.get(expression.name)?.run(
        expression.arguments.map((argument) => evaluate(argument, context)),
        context,
      )
    case 'array':
      return expression.items.map((item) => evaluate(item, context) ?? null)
    case 'object': {
      const object = emptyObject()
      for (const [key, value] of expression.members) put(object, [key], evaluate(value, context))
      return object
    }
    case 'case': {
      const subject = evaluate(expression.subject, context)
      const found = expression.branches.find(([when]) => areEqual(subject, evaluate(when, context)) === true)
      const then = found ? found[1] : expression.otherwise
      return then && evaluate(then, context)
    }
  }
}

function evaluateBinary(
  operator: BinaryOperator,
  leftOperand: Expression,
  rightOperand: Expression,
  context: RuleContext,
): Value {
  const left = evaluate(leftOperand, context)
  const right = evaluate(rightOperand, context)
  switch (operator) {
    case 'AND':
      return both(toBoolean(left), toBoolean(right), false)
    case 'OR':
      return both(toBoolean(left), toBoolean(right), true)
    case '=':
      return areEqual(left, right)
    case '<>': {
      const equal = areEqual(left, right)
      return equal === undefined ? undefined : !equal
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(operator, compare(left, right))
    case 'IN':
      return Array.isArray(right) && left !== undefined
        ? (right as readonly Value[]).some((item) => areEqual(left, item) === true)
        : undefined
    case '+':
      return add(left, right)
    case '-':
    case '*':
    case '/':
    case '%':
      return calculate(operator, toNumber(left), toNumber(right))
  }
}

/** AND is settled by one false, OR by one true; else both must be known. */
function both(left: boolean | undefined, right: boolean | undefined, settling: boolean): boolean | undefined {
  if (left === settling || right === settling) return settling
  return left === undefined || right === undefined ? undefined : !settling
}

function ordered(operator: '<' | '<=' | '>' | '>=', order: number | undefined): boolean | undefined {
  if (order === undefined) return undefined
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

/** Numbers are added; with a text on either side both are texts. */
function add(left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number') return left + right
  if (typeof left !== 'string' && typeof right !== 'string') return undefined
  const [one, other] = [toText(left), toText(right)]
  return one === undefined || other === undefined ? undefined : one + other
}

function calculate(
  operator: '-' | '*' | '/' | '%',
  left: number | undefined,
  right: number | undefined,
): number | undefined {
  if (left === undefined || right === undefined) return undefined
  const result = { '-': left - right, '*': left * right, '/': left / right, '%': left % right }[operator]
  return Number.isFinite(result) ? result : undefined
}

/** Without a prototype: a message may hold any key. */
function emptyObject(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>
}

/** Sets a member, making the objects on the way; Undefined is left out. */
function put(object: Record<string, Value>, path: readonly string[], value: Value): void {
  const [key, ...rest] = path
  if (key === undefined || value === undefined) return
  if (rest.length === 0) {
    object[key] = value
    return
  }
  const existing = object[key]
  const inner = Object.assign(emptyObject(), isObject(existing) ? existing : {})
  object[key] = inner
  put(inner, rest, value)
}
