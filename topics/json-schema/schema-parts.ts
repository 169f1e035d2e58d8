/**
 * The parts of a schema that are compared, with what is absent filled in.
 *
 * @module
 */
import type { JsonSchema } from './json-schema.ts'

/** A keyword whose larger value allows more (+1), or less (-1). */
export const bounds: readonly (readonly [keyword: string, sign: 1 | -1])[] = [
  ['maxLength', 1],
  ['minLength', -1],
  ['maximum', 1],
  ['exclusiveMaximum', 1],
  ['minimum', -1],
  ['exclusiveMinimum', -1],
  ['maxItems', 1],
  ['minItems', -1],
  ['maxProperties', 1],
  ['minProperties', -1],
]

/** Keywords that are compared one by one, and those that change no value. Another one that differs may mislead anybody. */
export const comparedKeywords: ReadonlySet<string> = new Set([
  ...bounds.map(([keyword]) => keyword),
  // Compared one by one.
  '$ref',
  '$defs',
  'definitions',
  'type',
  'const',
  'enum',
  'anyOf',
  'oneOf',
  'allOf',
  'properties',
  'required',
  'additionalProperties',
  'propertyNames',
  'items',
  'prefixItems',
  'additionalItems',
  'pattern',
  'format',
  'multipleOf',
  'uniqueItems',
  // Said to people.
  'title',
  'description',
  'default',
  'examples',
  '$comment',
  '$schema',
  '$id',
  'deprecated',
  'readOnly',
  'writeOnly',
])

/** `true` lets anything be, `false` nothing. */
export const schemaOf = (given: JsonSchema | boolean): JsonSchema =>
  typeof given === 'boolean' ? (given ? {} : { enum: [] }) : given

/** A property's schema; anything for one that is required without one. */
export function propertyOf(
  { properties = {}, required = [] }: JsonSchema,
  name: string,
): JsonSchema | undefined {
  if (Object.hasOwn(properties, name)) return properties[name]
  return required.includes(name) ? {} : undefined
}

/** A tuple's places, and what the items of a list, or those after the places, are. */
export function placesOf({ items, prefixItems, additionalItems }: JsonSchema): {
  readonly fixed: readonly JsonSchema[]
  readonly rest: JsonSchema | boolean
} {
  if (prefixItems) return { fixed: prefixItems, rest: (items as JsonSchema | boolean | undefined) ?? true }
  if (Array.isArray(items)) return { fixed: items as readonly JsonSchema[], rest: additionalItems ?? true }
  return { fixed: [], rest: (items as JsonSchema | boolean | undefined) ?? true }
}

/** The types it names, or those of the values it lists; empty for any. */
export function typesOf(schema: JsonSchema): readonly string[] {
  const { type } = schema
  if (type !== undefined) return typeof type === 'string' ? [type] : [...type].toSorted()
  return [...new Set((valuesOf(schema) ?? []).map(typeOf))].toSorted()
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

export function valuesOf(schema: JsonSchema): readonly unknown[] | undefined {
  return 'const' in schema ? [schema.const] : schema.enum
}

export const hasReference = (value: unknown): boolean => (JSON.stringify(value) ?? '').includes('"$ref"')

/** As JSON, as far as one reads it. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absent'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
