/**
 * A value that fits a schema, for people to read: the same one each time.
 *
 * @module
 */
import { type JsonSchema, resolveReference } from './json-schema.ts'
import { compilePattern } from './well-formed.ts'

/** Items and characters that an example has at the most: it is to be read. */
const itemsMax = 20
const charactersMax = 1000

const texts: Readonly<Record<string, string>> = {
  'date-time': '2026-11-21T20:15:00.000Z',
  date: '2026-11-21',
  time: '20:15:00',
  email: 'ada@example.org',
  uri: 'https://example.org/',
  url: 'https://example.org/',
  uuid: '0192f5d2-7c1e-7b6a-9c3d-3f2a1b4c5d6e',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
}

/** Names that say what a text holds. */
const byName: readonly (readonly [RegExp, string])[] = [
  [/(^|[a-z])(currency)$/i, 'EUR'],
  [/(^at|At|time|date)$/, '2026-11-21T20:15:00.000Z'],
  [/email/i, 'ada@example.org'],
  [/(^i|I)d$/, 'ex4mpl3'],
  [/^name$|Name$/, 'Ada'],
  [/comment|text|message|body/i, 'Keep going!'],
]

/**
 * An example; the names of properties help with the words. A schema that holds itself is entered once: what is optional
 * is then left out, and a list is empty. `undefined` for a schema nothing fits.
 */
export function exampleOf(schema: JsonSchema): unknown {
  const open = new Set<JsonSchema>()
  return make(schema, '')

  function make(given: JsonSchema | boolean, name: string): unknown {
    if (typeof given === 'boolean') return given ? 'anything' : undefined
    const at = resolveReference(given, schema)
    if (!at || open.has(at)) return undefined
    open.add(at)
    const made = ofSchema(at, name)
    open.delete(at)
    return made
  }

  function ofSchema(at: JsonSchema, name: string): unknown {
    if ('default' in at) return at['default']
    if ('const' in at) return at.const
    if (at.enum) return at.enum[0]
    const choices = at.anyOf ?? at.oneOf
    if (choices) return choices.map((choice) => make(choice, name)).find((made) => made !== undefined)
    if (at.allOf) return together(at.allOf.map((part) => make(part, name)))
    const type = typeof at.type === 'string' ? at.type : at.type?.[0]
    if (type === 'null') return null
    if (type === 'boolean') return true
    if (type === 'integer' || type === 'number') return aNumber(at, name)
    if (type === 'string') return aText(at, name)
    if (type === 'array') return aList(at, name)
    if (type === 'object' || at.properties) {
      return Object.fromEntries(
        Object.entries(at.properties ?? {}).flatMap(([key, property]) => {
          const value = make(property, key)
          return value === undefined ? [] : [[key, value]]
        }),
      )
    }
    return 'anything'
  }

  function aList(at: JsonSchema, name: string): unknown[] {
    const fixed = at.prefixItems ?? (Array.isArray(at.items) ? (at.items as readonly JsonSchema[]) : [])
    if (fixed.length > 0) return fixed.map((item) => make(item, name))
    const items = at.items as JsonSchema | undefined
    const item = items && at.maxItems !== 0 ? make(items, name) : undefined
    const length = Math.min(Math.max(1, at.minItems ?? 1), itemsMax)
    return item === undefined ? [] : Array.from({ length }, () => item)
  }
}

/** What meets all parts: objects are joined; of anything else the first is shown. */
function together(parts: readonly unknown[]): unknown {
  const objects = parts.filter((part) => typeof part === 'object' && part !== null && !Array.isArray(part))
  return objects.length < parts.length ? parts[0] : Object.assign({}, ...objects)
}

function aNumber({ type, minimum, maximum }: JsonSchema, name: string): number {
  const wanted = /value|amount|total|goal/i.test(name) ? 2500 : 12
  const low = minimum ?? Number.NEGATIVE_INFINITY
  const high = maximum ?? Number.POSITIVE_INFINITY
  const fit = Math.min(Math.max(wanted, low), high)
  return type === 'integer' ? Math.ceil(fit) : fit
}

function aText(
  { format = '', pattern, minLength = 0, maxLength = charactersMax }: JsonSchema,
  name: string,
): string {
  const known = Object.hasOwn(texts, format) ? texts[format] : undefined
  const length = Math.min(minLength, charactersMax)
  const candidates = [
    ...byName.filter(([names]) => names.test(name)).map(([, text]) => text),
    ...(known === undefined ? [] : [known]),
    name || 'text',
    'EUR',
    'a',
    '1',
    'A',
    'abc',
    'aaaaaaaaaaaaaaaaaaaaaaaaaa',
  ]
  const test = pattern === undefined ? undefined : compilePattern(pattern)
  const fits = (text: string): boolean =>
    text.length >= length && text.length <= maxLength && (!test || test.test(text))
  const padded = candidates.flatMap((text) => [text, text.padEnd(length, 'x').slice(0, maxLength)])
  // With a pattern that none of them meets, the first still shows what kind of text stands there.
  return padded.find(fits) ?? padded[0] ?? ''
}
