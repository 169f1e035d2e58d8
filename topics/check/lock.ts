/**
 * The lock file: what was released, for pages that are still open and for what is recorded. Committed beside the contracts.
 *
 * @module
 */
import * as v from 'valibot'
import type { Access } from '../contract/access.ts'
import type { TopicContract } from '../contract/contract.ts'
import { carriedSchema } from '../cost/message-bytes.ts'
import { oneLine } from '../cost/words.ts'
import { jsonSchemaOf, type JsonSchema } from '../json-schema/json-schema.ts'
import { schemaFault } from '../json-schema/well-formed.ts'

/** Its name, in the folder of the contracts. */
export const lockFileName = 'contracts.lock.json'

export interface ReleasedContract {
  /** Name of its export. */
  readonly name: string
  readonly kind: TopicContract['kind']
  readonly version: number
  readonly subscribe: Access
  readonly publish?: Access
  readonly schema: JsonSchema
  readonly reply?: JsonSchema
}

/** By pattern. */
export type Released = Readonly<Record<string, ReleasedContract>>

/** A lock file that cannot be read: one line with the remedy. */
export class LockFileError extends Error {
  override readonly name = 'LockFileError'
  readonly code = 'MALFORMED_LOCK'
}

const accessSchema = v.variant('rule', [
  v.object({ rule: v.picklist(['anyone', 'signedIn', 'nobody']) }),
  v.object({ rule: v.literal('claim'), claim: v.string() }),
  v.object({ rule: v.literal('role'), role: v.string() }),
])

const objectSchema = v.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
)

const schemaSchema = v.pipe(
  objectSchema,
  v.rawCheck(({ dataset, addIssue }) => {
    const fault = dataset.typed ? schemaFault(dataset.value) : undefined
    if (fault !== undefined) addIssue({ expected: 'a JSON Schema', received: oneLine(fault) })
  }),
)

const lockSchema = v.object({ lock: v.literal(1), contracts: objectSchema })

const contractSchema = v.object({
  name: v.string(),
  kind: v.picklist(['state', 'feed', 'inbox', 'signal']),
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  subscribe: accessSchema,
  publish: v.exactOptional(accessSchema),
  schema: schemaSchema,
  reply: v.exactOptional(schemaSchema),
})

/** What a contract's entry says, or why it can have none. */
export function releaseOf(
  name: string,
  contract: TopicContract,
): ReleasedContract | { readonly problem: string } {
  const described = jsonSchemaOf(carriedSchema(contract))
  if ('problem' in described) return described
  const { kind, version, subscribe } = contract
  const released = { name, kind, version, subscribe, schema: described.schema }
  if (contract.kind !== 'signal') return released
  const reply = contract.reply && jsonSchemaOf(contract.reply)
  if (reply && 'problem' in reply) return reply
  return { ...released, publish: contract.publish, ...(reply ? { reply: reply.schema } : {}) }
}

/** Reads a lock file's text. Throws LockFileError that names the line and the value. */
export function readLock(text: string, file: string): Released {
  const remedy = 'restore it from version control, or delete it and release anew: fanfare check --release'
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (cause) {
    const { message } = cause as Error
    const [, position] = /position (\d+)/.exec(message) ?? []
    const line =
      position === undefined ? text.split('\n').length : text.slice(0, Number(position)).split('\n').length
    throw new LockFileError(`${file}:${line}: is no JSON (${oneLine(message)}); ${remedy}`, { cause })
  }
  const parsed = <Schema extends v.GenericSchema>(
    schema: Schema,
    value: unknown,
    place: readonly string[],
  ): v.InferOutput<Schema> => {
    const result = v.safeParse(schema, value)
    if (result.success) return result.output
    const [issue] = result.issues
    const keys = [...place, ...(issue.path ?? []).map(({ key }) => String(key))]
    throw new LockFileError(
      `${file}:${lineOf(text, keys)}: ${oneLine(keys.join(' › ')) || 'the file'}: expected ${issue.type === 'custom' ? 'Object' : (issue.expected ?? 'another value')}, got ${oneLine(issue.received)}; ${remedy}`,
    )
  }
  const { contracts } = parsed(lockSchema, raw, [])
  // One by one, and not as a record: Valibot leaves out keys such as `constructor`, which may be a topic.
  return Object.fromEntries(
    Object.entries(contracts).map(([topic, released]) => [
      topic,
      parsed(contractSchema, released, ['contracts', topic]),
    ]),
  )
}

/** The text of a lock file: the same for the same contracts, whatever their order. */
export function lockText(released: Released): string {
  const contracts = Object.fromEntries(Object.entries(released).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const about = 'What was released. Written by `fanfare check --release`; commit it, and do not edit.'
  return `${JSON.stringify({ about, lock: 1, contracts }, undefined, 2)}\n`
}

/** The line of the innermost key that stands in the text, searched from the outside in. */
function lineOf(text: string, keys: readonly string[]): number {
  let at = 0
  for (const key of keys) {
    const next = text.indexOf(`${JSON.stringify(key)}:`, at)
    if (next === -1) break
    at = next
  }
  return text.slice(0, at).split('\n').length
}
