/**
 * Reads a policy document as an authorizer returns it, strictly: what IAM would not take is an error, not a guess.
 *
 * @module
 */
import { policyDocumentCharactersMax } from '../limits.ts'

/** One statement, its scalars made lists. */
export interface Statement {
  readonly id: string
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  /** Whether `actions` lists what the statement is not about. */
  readonly notActions: boolean
  readonly resources: readonly string[]
  readonly notResources: boolean
  /** Operator, then key, then values: `{ StringLike: { 'iot:Topic': ['a/*'] } }`. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

/** A policy document that cannot be read. `message` says where and why. */
export class PolicyDocumentError extends Error {
  override readonly name = 'PolicyDocumentError'
  readonly code = 'MALFORMED_POLICY'
}

/** Reads one document, an object or its JSON. Throws PolicyDocumentError. docs/aws-iot-core.md §5a, §6. */
export function readPolicyDocument(document: unknown, index = 0): Statement[] {
  const at = `policyDocuments[${index}]`
  const value = typeof document === 'string' ? parse(document, at) : document
  if (!isRecord(value)) return malformed(`${at} is ${describe(value)}, not an object`)
  const characters = JSON.stringify(value).replaceAll(/\s/g, '').length
  if (characters > policyDocumentCharactersMax)
    return malformed(`${at} has ${characters} characters; AWS takes ${policyDocumentCharactersMax}`)
  if (value['Version'] !== '2012-10-17' && value['Version'] !== '2008-10-17')
    return malformed(`${at}.Version is ${describe(value['Version'])}; use '2012-10-17'`)
  const statements = Array.isArray(value['Statement']) ? value['Statement'] : [value['Statement']]
  return statements.map((statement: unknown, number) =>
    readStatement(statement, `${at}.Statement[${number}]`),
  )
}

function readStatement(statement: unknown, at: string): Statement {
  if (!isRecord(statement)) return malformed(`${at} is ${describe(statement)}, not an object`)
  const effect = statement['Effect']
  if (effect !== 'Allow' && effect !== 'Deny')
    return malformed(`${at}.Effect is ${describe(effect)}; use 'Allow' or 'Deny'`)
  const [actions, notActions] = either(statement, 'Action', 'NotAction', at)
  const [resources, notResources] = either(statement, 'Resource', 'NotResource', at)
  const sid = statement['Sid']
  return {
    id: typeof sid === 'string' && sid !== '' ? sid : at,
    effect,
    actions,
    notActions,
    resources,
    notResources,
    conditions: readConditions(statement['Condition'], `${at}.Condition`),
  }
}

function either(
  statement: Record<string, unknown>,
  name: string,
  notName: string,
  at: string,
): [values: readonly string[], negated: boolean] {
  if (name in statement === notName in statement)
    return malformed(`${at} needs exactly one of ${name} and ${notName}`)
  const negated = notName in statement
  return [strings(statement[negated ? notName : name], `${at}.${negated ? notName : name}`), negated]
}

function readConditions(conditions: unknown, at: string): Statement['conditions'] {
  if (conditions === undefined) return {}
  if (!isRecord(conditions)) return malformed(`${at} is ${describe(conditions)}, not an object`)
  return Object.fromEntries(
    Object.entries(conditions).map(([operator, keys]) => {
      if (!isRecord(keys)) return malformed(`${at}.${operator} is ${describe(keys)}, not an object`)
      const read = Object.entries(keys).map(([key, values]) => [
        key,
        strings(values, `${at}.${operator}.${key}`),
      ])
      return [operator, Object.fromEntries(read) as Record<string, readonly string[]>]
    }),
  )
}

function strings(value: unknown, at: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0) return malformed(`${at} is an empty list`)
  return list.map((item) => {
    if (typeof item === 'string') return item
    return malformed(`${at} is ${describe(item)}, not a string`)
  })
}

function parse(json: string, at: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new PolicyDocumentError(`${at} is a string, but not JSON`, { cause })
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function describe(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 60) ?? 'absent'
}

function malformed(message: string): never {
  throw new PolicyDocumentError(message)
}
