import type { JsonSchema } from '../json-schema/json-schema.ts'

/**
 * Puts a schema and its own definitions among the document's, so that references within it lead there; the answer is a
 * reference to it.
 */
export function hoist(schema: JsonSchema, name: string, schemas: Record<string, JsonSchema>): JsonSchema {
  const { $defs = {}, definitions = {}, ...rest } = schema
  const place = (inner: string): string => `${name}.${inner.replaceAll(/[^\w.-]/g, '_')}`
  const rewrite = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rewrite)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === '$ref' && typeof inner === 'string' ? reference(inner) : rewrite(inner),
      ]),
    )
  }
  const reference = (ref: string): string => {
    if (ref === '#') return `#/components/schemas/${name}`
    const [, inner] = /^#\/(?:\$defs|definitions)\/(.+)$/.exec(ref) ?? []
    return inner === undefined ? ref : `#/components/schemas/${place(inner)}`
  }
  schemas[name] = rewrite(rest) as JsonSchema
  for (const [inner, definition] of Object.entries({ ...$defs, ...definitions }))
    schemas[place(inner)] = rewrite(definition) as JsonSchema
  return { $ref: `#/components/schemas/${name}` }
}
