/** A piece of an expression. `start` and `end` are places in its text. */
export interface Token {
  /** `word` is a keyword, a function or an attribute's name; `unknown` a character that no expression has. */
  readonly kind: 'word' | 'name' | 'value' | 'number' | 'symbol' | 'unknown' | 'end'
  readonly text: string
  readonly start: number
  readonly end: number
}

const pattern = /\s+|([A-Za-z_]\w*)|(#\w+)|(:\w+)|(\d+)|(<>|<=|>=|[=<>()[\],.+-])|([\s\S])/g
const kinds = ['word', 'name', 'value', 'number', 'symbol', 'unknown'] as const

/** The tokens of an expression, the last of kind `end`. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = []
  for (const match of expression.matchAll(pattern)) {
    const kind = kinds.find((_, at) => match[at + 1] !== undefined)
    if (!kind) continue
    tokens.push({ kind, text: match[0], start: match.index, end: match.index + match[0].length })
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: expression.length, end: expression.length })
  return tokens
}
