/**
 * The names and values that stand for placeholders in one request's expressions, and which of them were used.
 *
 * @module
 */
import { DynamoDbError, invalid } from '../errors.ts'
import type { AttributeValue } from '../values/attribute-value.ts'
import { validateValue } from '../values/validate.ts'
import { expressionError } from './cursor.ts'
import type { DocumentPath } from './document-path.ts'
import type { ExpressionKind, PathSyntax } from './syntax.ts'

export interface PlaceholderRequest {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>>
}

export class Placeholders {
  readonly #names: Readonly<Record<string, string>> | undefined
  readonly #values: Readonly<Record<string, AttributeValue>> | undefined
  readonly #usedNames = new Set<string>()
  readonly #usedValues = new Set<string>()

  /**
   * Validates names and values. `expressions` are those that the operation may have; with none of them present,
   * placeholders are refused. Throws ValidationException.
   */
  constructor(request: PlaceholderRequest, expressions: Readonly<Record<string, unknown>>) {
    this.#names = request.ExpressionAttributeNames
    this.#values = request.ExpressionAttributeValues
    if (!this.#names && !this.#values) return
    const present = Object.values(expressions).some((expression) => expression !== undefined)
    if (this.#names) this.#checkNames(this.#names, present)
    if (this.#values) this.#checkValues(this.#values, present, Object.keys(expressions))
  }

  #checkNames(names: Readonly<Record<string, string>>, present: boolean): void {
    if (!present) throw invalid('ExpressionAttributeNames can only be specified when using expressions')
    let count = 0
    for (const key in names) {
      count += 1
      if (!/^#\w+$/.test(key)) {
        throw invalid(`ExpressionAttributeNames contains invalid key: Syntax error; key: "${key}"`)
      }
    }
    if (count === 0) throw invalid('ExpressionAttributeNames must not be empty')
  }

  #checkValues(
    values: Readonly<Record<string, AttributeValue>>,
    present: boolean,
    members: readonly string[],
  ): void {
    if (!present) {
      throw invalid(
        `ExpressionAttributeValues can only be specified when using expressions: ${members.join(' and ')} ${members.length > 1 ? 'are' : 'is'} null`,
      )
    }
    let count = 0
    for (const key in values) {
      count += 1
      if (!/^:\w+$/.test(key)) {
        throw invalid(`ExpressionAttributeValues contains invalid key: Syntax error; key: "${key}"`)
      }
      try {
        validateValue(values[key] as AttributeValue)
      } catch (cause) {
        if (!(cause instanceof DynamoDbError) || cause.code !== 'ValidationException') throw cause
        throw invalid(`ExpressionAttributeValues contains invalid value: ${cause.message} for key ${key}`)
      }
    }
    if (count === 0) throw invalid('ExpressionAttributeValues must not be empty')
  }

  /** The path with its names in place. Throws ValidationException for a name that is not given. */
  path(kind: ExpressionKind, path: PathSyntax): DocumentPath {
    return path.map((step) => {
      if ('index' in step) return step.index
      if (!step.name.startsWith('#')) return step.name
      const name = this.#names?.[step.name]
      if (name === undefined) {
        throw expressionError(
          kind,
          `An expression attribute name used in the document path is not defined; attribute name: ${step.name}`,
        )
      }
      this.#usedNames.add(step.name)
      return name
    })
  }

  /** The value of a placeholder. Throws ValidationException when it is not given. */
  value(kind: ExpressionKind, placeholder: string): AttributeValue {
    const value = this.#values?.[placeholder]
    if (value === undefined) {
      throw expressionError(
        kind,
        `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      )
    }
    this.#usedValues.add(placeholder)
    return value
  }

  /** Call when all expressions are bound. Throws ValidationException for placeholders that none of them used. */
  refuseUnused(): void {
    refuseUnusedIn('ExpressionAttributeNames', this.#names, this.#usedNames)
    refuseUnusedIn('ExpressionAttributeValues', this.#values, this.#usedValues)
  }
}

function refuseUnusedIn(
  member: string,
  given: Readonly<Record<string, unknown>> | undefined,
  used: ReadonlySet<string>,
): void {
  if (!given) return
  const unused = Object.keys(given).filter((key) => !used.has(key))
  if (unused.length > 0) {
    throw invalid(`Value provided in ${member} unused in expressions: keys: {${unused.join(', ')}}`)
  }
}
