/**
 * Reads a rule's SQL, version 2016-03-23: SELECT, FROM and WHERE, by recursive descent. What is not read here is refused with its place.
 * docs/aws-iot-core.md §9; https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
 *
 * @module
 */
import { functions, refusedFunctions } from './functions.ts'
import { SqlError } from './sql-error.ts'
import type { BinaryOperator, Expression, Selected, Statement } from './syntax.ts'
import { readTokens, type Token } from './tokens.ts'

/** How tightly operators bind, loosest first; each level is left-associative. */
const levels: readonly (readonly BinaryOperator[])[] = [
  ['OR'],
  ['AND'],
  ['=', '<>', '<', '<=', '>', '>=', 'IN'],
  ['+', '-'],
  ['*', '/', '%'],
]
/** NOT stands between AND and the comparisons. */
const comparisonLevel = 2

const keywords = new Set([
  'SELECT',
  'VALUE',
  'AS',
  'FROM',
  'WHERE',
  'AND',
  'OR',
  'NOT',
  'IN',
  'CASE',
  'WHEN',
  'THEN',
  'ELSE',
  'END',
  'EXISTS',
])

/** Nesting that is still read; a rule's SQL is written by hand. */
const depthMax = 50

/** Reads a statement. @throws SqlError for what is not understood, or not run by this broker */
export function parseStatement(sql: string): Statement {
  const parser = new Parser(sql)
  const statement = parser.statement()
  parser.end()
  return statement
}

/** Reads one expression, as a substitution template holds it. @throws SqlError */
export function parseExpression(sql: string): Expression {
  const parser = new Parser(sql)
  const expression = parser.expression()
  parser.end()
  return expression
}

class Parser {
  readonly #sql: string
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(sql: string) {
    this.#sql = sql
    this.#tokens = readTokens(sql)
  }

  statement(): Statement {
    this.#expectWord('SELECT')
    const value = this.#takeWord('VALUE') ? this.expression() : undefined
    const selected: Selected[] = []
    if (value === undefined)
      do selected.push(this.#selected())
      while (this.#take(','))
    const from = this.#takeWord('FROM') ? this.#topicFilter() : undefined
    const where = this.#takeWord('WHERE') ? this.expression() : undefined
    return { value, selected, from, where }
  }

  end(): void {
    const token = this.#peek()
    if (token.kind !== 'end') this.#fail(`${JSON.stringify(token.text)} is not expected`)
  }

  expression(): Expression {
    if (this.#depth >= depthMax) this.#fail(`nested more than ${depthMax} deep`)
    this.#depth += 1
    const read = this.#binary(0)
    this.#depth -= 1
    return read
  }

  #selected(): Selected {
    const before = this.#peek()
    if (this.#take('*')) return { kind: 'all' }
    const expression = this.expression()
    if (this.#takeWord('AS')) return { kind: 'field', expression, into: this.#path() }
    if (expression.kind === 'path' && expression.keys.length === 1)
      return { kind: 'field', expression, into: expression.keys }
    throw new SqlError(
      'AWS does not document the name this gets; give it one with AS',
      this.#sql,
      before.index,
    )
  }

  #topicFilter(): string {
    const token = this.#peek()
    if (token.kind !== 'text') return this.#fail("FROM wants a topic filter in quotes: FROM 'a/b'")
    this.#next += 1
    if (this.#peek().text === ',') this.#fail('one topic filter only')
    return token.text
  }

  #binary(level: number): Expression {
    const operators = levels[level]
    if (!operators) return this.#unary()
    if (level === comparisonLevel && this.#takeWord('NOT'))
      return { kind: 'not', operand: this.#nested(() => this.#binary(level)) }
    let left = this.#binary(level + 1)
    for (;;) {
      const text = this.#peek().text.toUpperCase()
      const operator = this.#peek().kind === 'text' ? undefined : operators.find((each) => each === text)
      if (operator === undefined) return left
      this.#next += 1
      left = { kind: 'binary', operator, left, right: this.#binary(level + 1) }
    }
  }

  #unary(): Expression {
    if (this.#take('-')) return { kind: 'minus', operand: this.#nested(() => this.#unary()) }
    return this.#primary()
  }

  #primary(): Expression {
    const token = this.#peek()
    this.#next += 1
    if (token.kind === 'number') return { kind: 'literal', value: token.value }
    if (token.kind === 'text') return { kind: 'literal', value: token.text }
    if (token.kind === 'word') return this.#word(token)
    if (token.text === '(') return this.#parenthesis()
    if (token.text === '[') return { kind: 'array', items: this.#list(']', () => this.expression()) }
    if (token.text === '{') return { kind: 'object', members: this.#list('}', () => this.#member()) }
    if (token.text === '*') return { kind: 'everything' }
    throw new SqlError(
      token.kind === 'end' ? 'the statement ends too early' : `${JSON.stringify(token.text)} is not expected`,
      this.#sql,
      token.index,
    )
  }

  #parenthesis(): Expression {
    if (this.#peekWord('SELECT')) this.#fail('nested SELECTs are not run here; use get(…) or a Lambda')
    const inner = this.expression()
    this.#expect(')')
    return inner
  }

  #word(token: Token): Expression {
    const upper = token.text.toUpperCase()
    if (upper === 'TRUE' || upper === 'FALSE') return { kind: 'literal', value: upper === 'TRUE' }
    if (upper === 'NULL') return { kind: 'literal', value: null }
    if (upper === 'CASE') return this.#case()
    if (upper === 'EXISTS') throw new SqlError('EXISTS is not run here', this.#sql, token.index)
    if (keywords.has(upper)) throw new SqlError(`${token.text} is not expected`, this.#sql, token.index)
    if (this.#take('(')) return this.#call(token)
    const keys = [token.text, ...this.#furtherKeys()]
    if (this.#peek().text === '[' && this.#peek().kind === 'symbol')
      this.#fail('write get(list, index) instead of list[index]')
    return { kind: 'path', keys }
  }

  #call(token: Token): Expression {
    const name = token.text.toLowerCase()
    const given = this.#list(')', () => this.expression())
    const known = functions.get(name)
    if (!known) {
      const why = refusedFunctions.get(name) ?? `there are ${[...functions.keys()].join(', ')}`
      throw new SqlError(`the function ${token.text} is not run here: ${why}`, this.#sql, token.index)
    }
    const [least, most] = known.arity
    if (given.length < least || given.length > most)
      throw new SqlError(
        `${token.text} takes ${least === most ? least : `${least} to ${most}`} arguments, got ${given.length}`,
        this.#sql,
        token.index,
      )
    return { kind: 'call', name, arguments: given }
  }

  #case(): Expression {
    const subject = this.expression()
    const branches: (readonly [Expression, Expression])[] = []
    while (this.#takeWord('WHEN')) {
      const when = this.expression()
      this.#expectWord('THEN')
      branches.push([when, this.expression()])
    }
    if (branches.length === 0) this.#fail('CASE wants a WHEN … THEN …')
    const otherwise = this.#takeWord('ELSE') ? this.expression() : undefined
    this.#expectWord('END')
    return { kind: 'case', subject, branches, otherwise }
  }

  #member(): readonly [string, Expression] {
    const key = this.#peek()
    if (key.kind !== 'text') return this.#fail("a member's name stands in quotes")
    this.#next += 1
    this.#expect(':')
    return [key.text, this.expression()]
  }

  #list<Item>(close: string, read: () => Item): Item[] {
    const items: Item[] = []
    if (this.#take(close)) return items
    do items.push(read())
    while (this.#take(','))
    this.#expect(close)
    return items
  }

  #path(): readonly string[] {
    const token = this.#peek()
    if (token.kind !== 'word') return this.#fail('a name is expected')
    this.#next += 1
    return [token.text, ...this.#furtherKeys()]
  }

  #furtherKeys(): string[] {
    const keys: string[] = []
    while (this.#take('.')) {
      const token = this.#peek()
      if (token.kind !== 'word')
        return this.#fail('a name is expected after the dot; for other keys use get(object, "key")')
      this.#next += 1
      keys.push(token.text)
    }
    return keys
  }

  #nested<Read>(read: () => Read): Read {
    if (this.#depth >= depthMax) this.#fail(`nested more than ${depthMax} deep`)
    this.#depth += 1
    const done = read()
    this.#depth -= 1
    return done
  }

  #peek(): Token {
    // The last token is the end, which nothing takes twice.
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', index: this.#sql.length }
  }

  #peekWord(word: string): boolean {
    const token = this.#peek()
    return token.kind === 'word' && token.text.toUpperCase() === word
  }

  #take(symbol: string): boolean {
    const token = this.#peek()
    if (token.kind !== 'symbol' || token.text !== symbol) return false
    this.#next += 1
    return true
  }

  #takeWord(word: string): boolean {
    if (!this.#peekWord(word)) return false
    this.#next += 1
    return true
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) this.#fail(`${symbol} is expected`)
  }

  #expectWord(word: string): void {
    if (!this.#takeWord(word)) this.#fail(`${word} is expected`)
  }

  #fail(problem: string): never {
    throw new SqlError(problem, this.#sql, this.#peek().index)
  }
}
