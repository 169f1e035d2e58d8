/**
 * JSON Schema of a message: the CloudEvents envelope (https://github.com/cloudevents/spec) and what it carries.
 *
 * @module
 */
import type { TopicContract } from '../contract/contract.ts'
import type { JsonSchema } from '../json-schema/json-schema.ts'

const sequence: JsonSchema = { type: 'string', pattern: '^\\d{16}$' }

/** The schema of a contract's messages; `data` is a value's, an entry's, an item's or a payload's. */
export function envelopeSchema(contract: TopicContract, data: JsonSchema): JsonSchema {
  const event = eventProperties(contract)
  if (contract.kind === 'signal') return object({ ...event, data }, Object.keys({ ...event, data }))
  const recorded: Record<string, JsonSchema> = {
    ...event,
    epoch: { type: 'string', description: 'a ULID; a higher one wins' },
    sequence: { ...sequence, description: 'within an epoch, the higher is newer' },
  }
  const pace: Record<string, JsonSchema> =
    contract.pace === 'auto'
      ? { pace: { type: 'integer', minimum: 1000, description: 'ms until the topic may speak again' } }
      : {}
  if (contract.kind === 'state') {
    return object({ ...recorded, ...pace, data }, [...Object.keys(recorded), 'data'])
  }
  const log: Record<string, JsonSchema> = {
    ...recorded,
    first: { ...sequence, description: 'sequence of the first entry in data' },
    ...(contract.kind === 'inbox'
      ? {
          unread: {
            type: 'integer',
            minimum: 0,
            description: 'items neither handled, retracted nor expired',
          },
        }
      : {}),
    data: { type: 'array', items: { oneOf: entrySchemas(contract.kind, data) } },
  }
  return object(
    {
      ...log,
      ...pace,
      previous: { ...sequence, description: 'entries after it and before first were never sent' },
    },
    Object.keys(log),
  )
}

/** The schema of an answer to a request. */
export function replySchema(contract: TopicContract, data: JsonSchema): JsonSchema {
  const event = eventProperties(contract)
  const { type: _type, subject: _subject, ...answer } = event
  const error = object({ code: { type: 'string' }, message: { type: 'string' } }, ['code', 'message'])
  return {
    ...object({ ...answer, data, error }, ['specversion', 'id']),
    oneOf: [{ required: ['data'] }, { required: ['error'] }],
  }
}

function entrySchemas(kind: 'feed' | 'inbox', data: JsonSchema): readonly JsonSchema[] {
  return [
    object({ value: data }, ['value']),
    object({ retracts: { ...sequence, description: 'the entry that is taken back' } }, ['retracts']),
    ...(kind === 'inbox'
      ? [object({ handles: { ...sequence, description: 'the item that its person handled' } }, ['handles'])]
      : []),
  ]
}

function eventProperties({ type, version }: TopicContract): Record<string, JsonSchema> {
  return {
    specversion: { const: '1.0' },
    id: { type: 'string', description: 'the same message has the same, however often it is sent' },
    source: { type: 'string' },
    type: { const: type },
    time: { type: 'string', format: 'date-time' },
    subject: { type: 'string', description: "the topic's name" },
    datacontenttype: { const: 'application/json' },
    version: { type: 'integer', minimum: 1, description: `the contract's, ${version} now` },
  }
}

function object(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): JsonSchema {
  return { type: 'object', properties, required }
}
