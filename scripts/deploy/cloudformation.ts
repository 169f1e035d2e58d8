/**
 * The few shapes of CloudFormation and of osls that the deploy build handles.
 *
 * @module
 */

/** A value of a template: text, number, list, or an intrinsic function such as `{ 'Fn::GetAtt': ['Queue', 'Arn'] }`. */
export type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value }

export interface Resource {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, Value>>
  readonly DependsOn?: string | readonly string[]
}

export type Resources = Readonly<Record<string, Resource>>

/** One function of serverless.yml, after its variables are resolved. */
export interface FunctionDefinition {
  /** The name on AWS: `fanfare-dev-liveSession`. */
  readonly name: string
  /** The logical id or ARN of its role; the deploy build sets it. */
  role?: string
  readonly permissions?: readonly Statement[]
  readonly events?: readonly EventDefinition[]
}

export interface EventDefinition {
  readonly httpApi?: string | { readonly path: string; readonly method: string }
  readonly sqs?: { readonly arn: Value }
  readonly stream?: {
    readonly arn: Value
    readonly destinations?: { readonly onFailure: { readonly arn: Value } }
  }
}

/** A statement of a policy, as IAM writes it; `Effect` is `Allow` unless said. */
export interface Statement {
  readonly Effect?: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource: Value
  readonly Condition?: Value
}

/** `DonationsTable` for `{ 'Fn::GetAtt': ['DonationsTable', 'Arn'] }` or `{ Ref: … }`; undefined for anything else. */
export function logicalIdOf(value: Value | undefined): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const reference = value as Readonly<Record<string, Value>>
  const attribute = reference['Fn::GetAtt']
  if (Array.isArray(attribute) && typeof attribute[0] === 'string') return attribute[0]
  if (typeof attribute === 'string') return attribute.split('.')[0]
  return typeof reference['Ref'] === 'string' ? reference['Ref'] : undefined
}

/** `liveSession` → `LiveSession`, as osls begins a function's logical ids. */
export function upperFirst(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1)
}
