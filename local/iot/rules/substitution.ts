/**
 * Texts with expressions in them: `alerts/${topic(2)}`. https://docs.aws.amazon.com/iot/latest/developerguide/iot-substitution-templates.html
 *
 * @module
 */
import { evaluate } from './sql/evaluate.ts'
import type { RuleContext } from './sql/functions.ts'
import { parseExpression } from './sql/parse.ts'
import { SqlError } from './sql/sql-error.ts'
import { toText } from './sql/values.ts'

/** Makes the text for one message. What is Undefined becomes `undefined`, as on AWS. */
export type Template = (context: RuleContext) => string

/** Reads a text. @throws SqlError for an expression that is not understood, or not closed */
export function readTemplate(text: string): Template {
  const parts = text.split(/(\$\{[^}]*\})/).map((part, index) => {
    if (index % 2 === 1) return parseExpression(part.slice(2, -1))
    if (part.includes('${')) throw new SqlError('${ without }', text, text.indexOf('${'))
    return part
  })
  const [only] = parts
  if (parts.length === 1 && typeof only === 'string') return () => only
  return (context) =>
    parts
      .map((part) => (typeof part === 'string' ? part : (toText(evaluate(part, context)) ?? 'undefined')))
      .join('')
}
