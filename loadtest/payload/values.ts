/**
 * Values that fit a contract, many different ones: the schema's example, varied on a seed within what the schema allows.
 *
 * @module
 */
import type { TopicContract } from '../../topics/contract/contract.ts'
import { validateNow } from '../../topics/contract/standard-schema.ts'
import { carriedSchema } from '../../topics/cost/message-bytes.ts'
import { exampleOf } from '../../topics/json-schema/example.ts'
import { type JsonSchema, jsonSchemaOf, resolveReference } from '../../topics/json-schema/json-schema.ts'

/** No value can be made from the contract's schema; the message says why and what to write instead. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError'
  readonly code = 'NO_PAYLOAD'
}

/**
 * `count` values that the contract takes, the same for the same randomness. A variation that the contract refuses (a check
 * that JSON Schema cannot say) is replaced by the example. Throws PayloadError when that does not fit either.
 */
export function payloadValues(
  contract: TopicContract,
  count: number,
  random: () => number,
): readonly unknown[] {
  const schema = carriedSchema(contract)
  const described = jsonSchemaOf(schema)
  if ('problem' in described)
    throw new PayloadError(
      `${contract.topic}: ${described.problem}; write the publisher's \`values\` instead`,
    )
  const example = exampleOf(described.schema)
  const checked = validateNow(schema, example)
  if (checked.issues)
    throw new PayloadError(
      `${contract.topic}: no example can be made that fits its schema (${checked.issues[0]?.message ?? ''}); write the publisher's \`values\` instead`,
    )
  return Array.from({ length: count }, (_, index) => {
    const varied = vary(example, described.schema, described.schema, random, index)
    return validateNow(schema, varied).issues ? example : varied
  })
}

function vary(
  value: unknown,
  given: JsonSchema,
  root: JsonSchema,
  random: () => number,
  index: number,
): unknown {
  const schema = resolveReference(given, root) ?? {}
  if ('const' in schema) return value
  if (schema.enum) return schema.enum[Math.floor(random() * schema.enum.length)]
  if (typeof value === 'number') return aNumber(value, schema, random)
  if (typeof value === 'string') return aText(value, schema, random, index)
  if (Array.isArray(value)) {
    const items = schema.items
    return items && !Array.isArray(items)
      ? value.map((item) => vary(item, items as JsonSchema, root, random, index))
      : value
  }
  if (typeof value !== 'object' || value === null) return value
  const required = new Set(schema.required)
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, held]) => {
      const property = schema.properties?.[name]
      // What is optional is absent one time in four.
      if (property && !required.has(name) && random() < 0.25) return []
      return [[name, property ? vary(held, property, root, random, index) : held]]
    }),
  )
}

function aNumber(value: number, { type, minimum, maximum }: JsonSchema, random: () => number): number {
  const low = minimum ?? Math.min(0, value)
  const high = Math.min(maximum ?? Number.POSITIVE_INFINITY, Math.max(value, low + 1, 1) * 20)
  const drawn = low + random() * (high - low)
  return type === 'integer' ? Math.ceil(Math.min(drawn, high)) : drawn
}

const words = [
  'thank',
  'you',
  'all',
  'for',
  'the',
  'night',
  'greetings',
  'from',
  'Zoë',
  'and',
  'the',
  'dog',
  '🎉',
  'go',
  'on',
]

function aText(value: string, schema: JsonSchema, random: () => number, index: number): string {
  const { format, pattern, minLength = 0, maxLength = 200 } = schema
  // What has a form of its own stays as it is.
  if (format !== undefined) return value
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return value
  if (/^[A-Z]{3}$/.test(value)) return value
  const length = 1 + Math.floor(random() * 12)
  const text = `${Array.from({ length }, () => words[Math.floor(random() * words.length)] ?? '').join(' ')} ${index}`
  const fitted = [...text]
    .slice(0, Math.floor(maxLength / 2))
    .join('')
    .trim()
    .padEnd(minLength, 'x')
  return pattern === undefined || new RegExp(pattern, 'u').test(fitted) ? fitted : value
}
