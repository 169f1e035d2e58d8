/**
 * Reads a policy document, strictly: what IAM would not take is an error, not a guess.
 *
 * @module
 */
import { policyDocumentCharactersMax } from '../limits.ts'
import { type Operator, readOperator, valueProblem } from './conditions.ts'
import { hasReserved } from './wildcard.ts'

/** One statement, its scalars made lists. */
export interface Statement {
  /** Index of its document, and its own in it. */
  readonly document: number
  readonly index: number
  readonly sid: string | undefined
  /** How messages name it: its Sid, or else its place. */
  readonly id: string
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  /** Whether `actions` lists what the statement is not about. */
  readonly notActions: boolean
  readonly resources: readonly string[]
  readonly notResources: boolean
  readonly conditions: readonly StatementCondition[]
  /** Whether `${…}` is a variable: since version 2012-10-17. */
  readonly hasVariables: boolean
}

export interface StatementCondition {
  readonly operator: Operator
  readonly key: string
  readonly wanted: readonly string[]
  /** As it stands in the document: `StringLike iot:Topic`. */
  readonly text: string
}

/** A policy document that cannot be read. `message` says where and why. */
export class PolicyDocumentError extends Error {
  override readonly name = 'PolicyDocumentError'
  readonly code = 'MALFORMED_POLICY'
}

export interface DocumentKind {
  /** How messages name the list of documents. Default: policyDocuments. */
  readonly name?: string
  /** Default: what an authorizer may return, 2048. */
  readonly charactersMax?: number
}

const documentElements = new Set(['Version', 'Id', 'Statement'])
const statementElements = new Set([
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])

/** Reads one document, an object or its JSON. Throws PolicyDocumentError. docs/aws-iot-core.md §5a, §6. */
export function readPolicyDocument(document: unknown, index = 0, kind: DocumentKind = {}): Statement[] {
  const { name = 'policyDocuments', charactersMax = policyDocumentCharactersMax } = kind
  const at = `${name}[${index}]`
  const value = typeof document === 'string' ? parse(document, at) : document
  if (!isRecord(value)) return malformed(`${at} is ${describe(value)}, not an object`)
  const characters = JSON.stringify(value).replaceAll(/\s/g, '').length
  if (characters > charactersMax)
    return malformed(`${at} has ${characters} characters; AWS takes ${charactersMax}`)
  if (value['Version'] !== '2012-10-17' && value['Version'] !== '2008-10-17')
    return malformed(`${at}.Version is ${describe(value['Version'])}; use '2012-10-17'`)
  checkElements(value, documentElements, at)
  const hasVariables = value['Version'] === '2012-10-17'
  const statements = Array.isArray(value['Statement']) ? value['Statement'] : [value['Statement']]
  return statements.map((statement: unknown, number) =>
    readStatement(statement, `${at}.Statement[${number}]`, index, number, hasVariables),
  )
}

function readStatement(
  statement: unknown,
  at: string,
  document: number,
  index: number,
  hasVariables: boolean,
): Statement {
  if (!isRecord(statement)) return malformed(`${at} is ${describe(statement)}, not an object`)
  checkElements(statement, statementElements, at)
  const effect = statement['Effect']
  if (effect !== 'Allow' && effect !== 'Deny')
    return malformed(`${at}.Effect is ${describe(effect)}; use 'Allow' or 'Deny'`)
  const [actions, notActions] = either(statement, 'Action', 'NotAction', at)
  const [resources, notResources] = either(statement, 'Resource', 'NotResource', at)
  const given = statement['Sid']
  const sid = typeof given === 'string' && given !== '' ? given : undefined
  const conditions = readConditions(statement['Condition'], `${at}.Condition`)
  return {
    document,
    index,
    sid,
    id: sid ?? at,
    effect,
    actions,
    notActions,
    resources,
    notResources,
    conditions,
    hasVariables,
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

const noConditions: readonly StatementCondition[] = []

function readConditions(conditions: unknown, at: string): readonly StatementCondition[] {
  if (conditions === undefined) return noConditions
  if (!isRecord(conditions)) return malformed(`${at} is ${describe(conditions)}, not an object`)
  return Object.entries(conditions).flatMap(([name, keys]) => {
    const operator = readOperator(name)
    if (!operator) return malformed(`${at}.${name.slice(0, 60)}: IAM has no such operator`)
    if (!isRecord(keys)) return malformed(`${at}.${name} is ${describe(keys)}, not an object`)
    return Object.entries(keys).map(([key, values]) => {
      const wanted = strings(values, `${at}.${name}.${key}`, ['boolean', 'number'])
      for (const value of wanted) {
        const problem = valueProblem(operator, value)
        if (problem !== undefined)
          return malformed(`${at}.${name}.${key} is ${describe(value)}; give ${problem}`)
      }
      return { operator, key, wanted, text: `${name} ${key}` }
    })
  })
}

function strings(value: unknown, at: string, besides: readonly string[] = []): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0) return malformed(`${at} is an empty list`)
  return list.map((item) => {
    if (typeof item === 'string' && !hasReserved(item)) return item
    if (besides.includes(typeof item)) return JSON.stringify(item)
    return malformed(`${at} is ${describe(item)}, not a string that IAM takes`)
  })
}

function checkElements(value: Record<string, unknown>, known: ReadonlySet<string>, at: string): void {
  for (const name of Object.keys(value))
    if (!known.has(name)) malformed(`${at} has ${describe(name)}, which is none of ${[...known].join(', ')}`)
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
