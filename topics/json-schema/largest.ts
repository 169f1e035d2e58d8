/**
 * How large a value of a schema can be, as JSON in UTF-8: what decides whether a message can ever exceed a limit.
 *
 * @module
 */
import { type JsonSchema, resolveReference } from './json-schema.ts'
import { bytesPerCodeUnit, patternBound } from './text-bound.ts'

export interface Unbounded {
  /** `comment`, `items[]`; empty for the value itself. */
  readonly path: string
  /** What has no bound: `a string without maxLength`. */
  readonly what: string
  /** What to add to the schema. */
  readonly remedy: string
}

/** `bytes` bounds what is bounded; the value as a whole is bounded when `unbounded` is empty. */
export interface Largest {
  readonly bytes: number
  readonly unbounded: readonly Unbounded[]
}

/** The longest number that JSON.stringify writes: `-1.2345678901234567e-308`. */
const numberBytes = 24

/** Longest text of a format, characters. Formats that bound nothing are absent. */
const formatLengths: ReadonlyMap<string, number> = new Map([
  ['date-time', 35],
  ['date', 10],
  ['time', 21],
  ['uuid', 36],
  ['ipv4', 15],
  ['ipv6', 45],
])

/** Formats whose texts are ASCII without what JSON escapes. A `uri` is not: what checks one takes any characters. */
const plainFormats: ReadonlySet<string> = new Set([...formatLengths.keys(), 'email'])

/**
 * The bound of a schema's values. An object has only the properties it names, as validation leaves it, unless
 * `additionalProperties` lets more in. Texts are well-formed Unicode.
 */
export function largestJson(schema: JsonSchema): Largest {
  const unbounded: Unbounded[] = []
  const open = new Set<JsonSchema>()

  const endless = (path: string, what: string, remedy: string): number => {
    unbounded.push({ path, what, remedy })
    return 0
  }

  function largest(given: JsonSchema | boolean, path: string): number {
    if (given === true) return endless(path, 'anything at all', 'say what it is')
    if (given === false) return 0
    const at = resolveReference(given, schema)
    if (!at) return endless(path, `a reference to ${given.$ref}, which is not there`, 'describe it in place')
    if (open.has(at)) return endless(path, 'a schema that holds itself', 'end the nesting at a depth')
    open.add(at)
    const bytes = bound(at, path)
    open.delete(at)
    return bytes
  }

  function bound(at: JsonSchema, path: string): number {
    if ('const' in at) return Buffer.byteLength(JSON.stringify(at.const) ?? '')
    if (at.enum) return mostOf(at.enum, (one) => Buffer.byteLength(JSON.stringify(one) ?? ''))
    const choices = at.anyOf ?? at.oneOf
    if (choices) {
      const { anyOf: _anyOf, oneOf: _oneOf, ...beside } = at
      // Properties beside the choices belong to the value whichever is chosen.
      return mostOf(choices, (choice) => largest(choice, path)) + (at.properties ? bound(beside, path) : 0)
    }
    if (at.allOf) return at.allOf.reduce((sum, part) => sum + largest(part, path), 0)
    if (at.type === undefined) {
      if (at.properties) return objectBytes(at, path)
      return endless(path, 'anything at all', 'say its type, one that JSON has')
    }
    const types = typeof at.type === 'string' ? [at.type] : at.type
    return mostOf(types, (type) => typed(type, at, path))
  }

  function typed(type: string, at: JsonSchema, path: string): number {
    if (type === 'null') return 4
    if (type === 'boolean') return 5
    if (type === 'number' || type === 'integer') return numberLength(type, at)
    if (type === 'string') return stringBytes(at, path)
    if (type === 'array') return arrayBytes(at, path)
    return objectBytes(at, path)
  }

  function stringBytes(at: JsonSchema, path: string): number {
    const pattern = at.pattern === undefined ? undefined : patternBound(at.pattern)
    const lengths = [at.maxLength, pattern?.length, formatLengths.get(at.format ?? '')].filter(
      (length) => length !== undefined,
    )
    if (lengths.length === 0) {
      return endless(path, 'a string without a longest length', 'add maxLength')
    }
    const perUnit = pattern?.bytesPerCodeUnit ?? (plainFormats.has(at.format ?? '') ? 1 : bytesPerCodeUnit)
    return 2 + Math.min(...lengths) * perUnit
  }

  function arrayBytes(at: JsonSchema, path: string): number {
    const fixed = at.prefixItems ?? (Array.isArray(at.items) ? (at.items as readonly JsonSchema[]) : [])
    const rest = Array.isArray(at.items) ? at.additionalItems : (at.items as JsonSchema | undefined)
    const first = fixed.reduce((sum, item, index) => sum + largest(item, join(path, String(index))) + 1, 2)
    // A validating library keeps nothing beyond a tuple's own places.
    if (rest === undefined || rest === false) {
      return fixed.length > 0 ? first : endless(path, 'a list of anything', 'say what its items are')
    }
    if (at.maxItems === undefined) {
      largest(rest, `${path}[]`)
      return endless(path, 'a list without a longest length', 'add maxItems')
    }
    return first + Math.max(0, at.maxItems - fixed.length) * (largest(rest, `${path}[]`) + 1)
  }

  function objectBytes(at: JsonSchema, path: string): number {
    let bytes = 2
    for (const [name, property] of Object.entries(at.properties ?? {}))
      bytes += Buffer.byteLength(JSON.stringify(name)) + 2 + largest(property, join(path, name))
    const more = at.additionalProperties
    if (more === undefined) {
      if (at.properties) return bytes
      return endless(path, 'an object of anything', 'name its properties')
    }
    if (more === false) return bytes
    if (at.maxProperties === undefined)
      return endless(path, 'an object with any number of properties', 'name its properties')
    const key = largest({ type: 'string', ...at.propertyNames }, `${path}{key}`)
    const value = largest(more, `${path}{}`)
    return bytes + at.maxProperties * (key + 2 + value)
  }

  return { bytes: largest(schema, ''), unbounded }
}

function numberLength(type: string, { minimum, maximum }: JsonSchema): number {
  if (type !== 'integer' || !Number.isSafeInteger(minimum) || !Number.isSafeInteger(maximum))
    return numberBytes
  return Math.max(String(minimum).length, String(maximum).length)
}

const mostOf = <One>(all: readonly One[], of: (one: One) => number): number =>
  all.reduce((most, one) => Math.max(most, of(one)), 0)

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)
