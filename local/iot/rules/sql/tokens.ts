import { SqlError } from './sql-error.ts'

export type Token =
  | { readonly kind: 'word' | 'symbol'; readonly text: string; readonly index: number }
  | { readonly kind: 'text'; readonly text: string; readonly index: number }
  | { readonly kind: 'number'; readonly value: number; readonly text: string; readonly index: number }
  | { readonly kind: 'end'; readonly text: ''; readonly index: number }

const pattern =
  /\s+|([A-Za-z_][A-Za-z0-9_]*)|(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|('(?:[^']|'')*'|"(?:[^"]|"")*")|(<>|!=|<=|>=|[-+*/%=<>().,[\]{}:])/y

/**
 * The tokens of a statement, the last one `end`.
 *
 * @throws SqlError for a character that is in no token, a text that does not end, or a backslash in one
 */
export function readTokens(sql: string): Token[] {
  const tokens: Token[] = []
  pattern.lastIndex = 0
  while (pattern.lastIndex < sql.length) {
    const index = pattern.lastIndex
    const found = pattern.exec(sql)
    if (!found) {
      const quote = sql[index] === "'" || sql[index] === '"'
      throw new SqlError(
        quote ? 'a text that does not end' : `${JSON.stringify(sql[index])} is not understood`,
        sql,
        index,
      )
    }
    const [, word, number, text, symbol] = found
    if (word !== undefined) tokens.push({ kind: 'word', text: word, index })
    else if (number !== undefined) tokens.push({ kind: 'number', value: Number(number), text: number, index })
    else if (text !== undefined) tokens.push({ kind: 'text', text: readText(text, sql, index), index })
    else if (symbol !== undefined)
      tokens.push({ kind: 'symbol', text: symbol === '!=' ? '<>' : symbol, index })
  }
  tokens.push({ kind: 'end', text: '', index: sql.length })
  return tokens
}

/** A quote inside is written twice. AWS does not document how a backslash is read. */
function readText(quoted: string, sql: string, index: number): string {
  if (quoted.includes('\\'))
    throw new SqlError('AWS does not say what a backslash in a text means; write it without', sql, index)
  const quote = quoted.charAt(0)
  return quoted.slice(1, -1).replaceAll(quote + quote, quote)
}
