/**
 * Whether a contract's messages can grow past what may be sent.
 *
 * @module
 */
import { payloadBytesMax } from '../contract/aws-limits.ts'
import type { StandardSchema } from '../contract/standard-schema.ts'
import { carriedSchema, messageBound } from '../cost/message-bytes.ts'
import { exampleOf } from '../json-schema/example.ts'
import { type JsonSchema, jsonSchemaOf } from '../json-schema/json-schema.ts'
import { type Largest, largestJson } from '../json-schema/largest.ts'
import type { Finding } from './finding.ts'
import type { LocatedContract } from './located-contract.ts'

/** The property that holds a kind's schema. */
export const schemaProperty = { state: 'payload', feed: 'entry', inbox: 'item', signal: 'payload' } as const

/** What one value of it is called. */
const carried = { state: 'value', feed: 'entry', inbox: 'item', signal: 'payload' } as const

/** Schemas without bounds, messages over `maxBytes`, replies over AWS's largest payload. */
export function sizeFindings(located: LocatedContract): readonly Finding[] {
  const { contract, file } = located
  const place = { level: 'error', file, topic: contract.topic } as const
  const property = schemaProperty[contract.kind]
  const bound = messageBound(contract)
  if ('problem' in bound) {
    return [
      {
        ...place,
        code: 'NO_JSON_SCHEMA',
        line: located.lineOf(property),
        problem: `${property} cannot be documented: ${bound.problem}`,
        remedy: 'use a library that gives JSON Schema: Valibot, Zod 4.2 or newer, ArkType',
      },
    ]
  }
  const findings = [
    ...asyncFindings(located, property, carriedSchema(contract), bound.schema),
    ...unboundedFindings(
      located,
      property,
      bound.carried,
      `a message can exceed maxBytes ${contract.maxBytes} and`,
    ),
  ]
  if (findings.length === 0 && bound.bytes > contract.maxBytes) {
    findings.push({
      ...place,
      code: 'MESSAGE_TOO_LARGE',
      line: located.lineOf('maxBytes'),
      problem: `a message with one ${carried[contract.kind]} can have ${bound.bytes} bytes (${bound.envelope} of topic name and envelope, ${bound.carried.bytes} of ${property}), and maxBytes is ${contract.maxBytes}`,
      remedy:
        bound.bytes <= payloadBytesMax
          ? `lower the schema's maxLength or maxItems, or raise maxBytes to ${bound.bytes}, which costs ${Math.ceil(bound.bytes / 5120)} units a message`
          : "lower the schema's maxLength or maxItems; AWS takes no more than 131072 bytes",
    })
  }
  return [...findings, ...replyFindings(located)]
}

function replyFindings(located: LocatedContract): readonly Finding[] {
  const { contract, file } = located
  if (contract.kind !== 'signal' || !contract.reply) return []
  const described = jsonSchemaOf(contract.reply)
  const place = { level: 'error', file, topic: contract.topic, line: located.lineOf('reply') } as const
  if ('problem' in described) {
    return [
      {
        ...place,
        code: 'NO_JSON_SCHEMA',
        problem: `reply cannot be documented: ${described.problem}`,
        remedy: 'use a library that gives JSON Schema: Valibot, Zod 4.2 or newer, ArkType',
      },
    ]
  }
  const largest = largestJson(described.schema)
  const findings = [
    ...asyncFindings(located, 'reply', contract.reply, described.schema),
    ...unboundedFindings(located, 'reply', largest, 'an answer can exceed'),
  ]
  const { bytes } = largest
  if (bytes > payloadBytesMax - 1024) {
    findings.push({
      ...place,
      code: 'MESSAGE_TOO_LARGE',
      problem: `an answer can have ${bytes} bytes; AWS takes ${payloadBytesMax} with its envelope`,
      remedy: "lower the schema's maxLength or maxItems",
    })
  }
  return findings
}

/** A schema that answers with a promise fails at the first message: here an example of it tells. */
function asyncFindings(
  { contract, file, ...located }: LocatedContract,
  property: string,
  schema: StandardSchema,
  described: JsonSchema,
): Finding[] {
  if (!answersLater(schema, exampleOf(described))) return []
  return [
    {
      level: 'error',
      code: 'ASYNC_SCHEMA',
      file,
      line: located.lineOf(property),
      topic: contract.topic,
      problem: `${property} has a schema that answers with a promise, and a message is checked between two network reads`,
      remedy:
        'use a schema that validates synchronously; look things up in the function that writes the topic',
    },
  ]
}

function answersLater(schema: StandardSchema, value: unknown): boolean {
  try {
    const answer = schema['~standard'].validate(value)
    if (!(answer instanceof Promise)) return false
    // What it says of an example is nobody's concern.
    answer.catch(() => undefined)
    return true
  } catch {
    // A check of the author's own that throws at an example may be right about it.
    return false
  }
}

function unboundedFindings(
  { contract, file, ...located }: LocatedContract,
  property: string,
  { unbounded }: Largest,
  exceeds: string,
): Finding[] {
  return unbounded.map(({ path, what, remedy }) => ({
    level: 'error' as const,
    code: 'SCHEMA_UNBOUNDED',
    file,
    line: located.lineOf(property),
    topic: contract.topic,
    problem: `${path === '' ? property : `${property} ${path}`} is ${what}, so ${exceeds} AWS's ${payloadBytesMax} bytes`,
    remedy: remedy.startsWith('add') ? `${remedy} to the schema` : remedy,
  }))
}
