/**
 * Expressions by their text: an application uses few, so each is parsed once and kept.
 *
 * @module
 */
import { expressionBytesMax } from '../limits.ts'
import { utf8Bytes } from '../values/attribute-value.ts'
import { parseCondition } from './condition-parser.ts'
import { expressionError } from './cursor.ts'
import { parseProjection } from './projection-parser.ts'
import type { ConditionSyntax, ExpressionKind, PathSyntax, UpdateSyntax } from './syntax.ts'
import { parseUpdate } from './update-parser.ts'

/** Expressions kept of each kind; a program that writes values into its expressions must not fill the memory. */
const keptMax = 500

function kept<Syntax>(
  kind: ExpressionKind,
  parse: (expression: string) => Syntax,
): (expression: string) => Syntax {
  const byText = new Map<string, Syntax>()
  return (expression) => {
    const known = byText.get(expression)
    if (known) return known
    if (expression.trim() === '') throw expressionError(kind, 'The expression can not be empty;')
    if (utf8Bytes(expression) > expressionBytesMax) {
      throw expressionError(
        kind,
        `Expression size has exceeded the maximum allowed size; expression size: ${utf8Bytes(expression)}`,
      )
    }
    const parsed = parse(expression)
    if (byText.size >= keptMax) byText.clear()
    byText.set(expression, parsed)
    return parsed
  }
}

export type ConditionKind = 'ConditionExpression' | 'FilterExpression' | 'KeyConditionExpression'

/** The condition that a text says, by the request's member it stands in. Throws ValidationException. */
export const conditionOf: Readonly<Record<ConditionKind, (expression: string) => ConditionSyntax>> = {
  ConditionExpression: kept('ConditionExpression', (text) => parseCondition('ConditionExpression', text)),
  FilterExpression: kept('FilterExpression', (text) => parseCondition('FilterExpression', text)),
  KeyConditionExpression: kept('KeyConditionExpression', (text) =>
    parseCondition('KeyConditionExpression', text),
  ),
}

/** The update that a text says. Throws ValidationException. */
export const updateOf: (expression: string) => UpdateSyntax = kept('UpdateExpression', parseUpdate)

/** The document paths that a text names. Throws ValidationException. */
export const projectionOf: (expression: string) => readonly PathSyntax[] = kept(
  'ProjectionExpression',
  parseProjection,
)
