/**
 * Reads an expression token by token: what all parsers of expressions share.
 *
 * @module
 */
import { type DynamoDbError, invalid } from '../errors.ts'
import { isReservedWord } from './reserved-words.ts'
import type { ExpressionKind, PathStep, PathSyntax } from './syntax.ts'
import { type Token, tokenize } from './tokens.ts'

/** An expression that breaks a rule. */
export function expressionError(kind: ExpressionKind, problem: string): DynamoDbError {
  return invalid(`Invalid ${kind}: ${problem}`)
}

export class Cursor {
  readonly kind: ExpressionKind
  readonly #expression: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(kind: ExpressionKind, expression: string) {
    this.kind = kind
    this.#expression = expression
    this.#tokens = tokenize(expression)
  }

  /** The token `ahead` places on, the next one by default; the end repeats. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token
  }

  next(): Token {
    const token = this.peek()
    this.#at = Math.min(this.#at + 1, this.#tokens.length - 1)
    return token
  }

  /** Takes the next token when it is this symbol. */
  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false
    this.next()
    return true
  }

  isSymbol(symbol: string): boolean {
    const token = this.peek()
    return token.kind === 'symbol' && token.text === symbol
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.syntaxError()
  }

  /** Whether the next token is this keyword, in any case. */
  isKeyword(keyword: string): boolean {
    const token = this.peek()
    return token.kind === 'word' && token.text.toUpperCase() === keyword
  }

  takeKeyword(keyword: string): boolean {
    if (!this.isKeyword(keyword)) return false
    this.next()
    return true
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.syntaxError()
  }

  /** A document path: `a.b[0]`, `#a.b`. */
  path(): PathSyntax {
    const steps: PathStep[] = [this.#name()]
    for (;;) {
      if (this.takeSymbol('.')) {
        steps.push(this.#name())
      } else if (this.takeSymbol('[')) {
        if (this.peek().kind !== 'number') throw this.syntaxError()
        steps.push({ index: Number(this.next().text) })
        this.expectSymbol(']')
      } else return steps
    }
  }

  #name(): PathStep {
    const token = this.peek()
    if (token.kind !== 'word' && token.kind !== 'name') throw this.syntaxError()
    if (token.kind === 'word' && isReservedWord(token.text)) {
      throw this.error(`Attribute name is a reserved keyword; reserved keyword: ${token.text}`)
    }
    this.next()
    return { name: token.text }
  }

  error(problem: string): DynamoDbError {
    return expressionError(this.kind, problem)
  }

  /** The next token does not fit. */
  syntaxError(): DynamoDbError {
    const token = this.peek()
    const before = this.#tokens[this.#at - 1] ?? token
    const near = this.#expression.slice(before.start, this.peek(1).end)
    return this.error(`Syntax error; token: "${token.text}", near: "${near}"`)
  }
}
