/**
 * What changed between two schemas of one payload, and whom it would mislead. Two readers count: a page that is still
 * open reads new messages by the old schema, and new code reads what was recorded by the old one.
 *
 * @module
 */
import { type JsonSchema, resolveReference } from './json-schema.ts'

export interface SchemaChange {
  /** `total.currency`; empty for the payload itself. */
  readonly path: string
  /** `maxLength was 100 and is 50`. */
  readonly what: string
  /** `reader`: pages that are open refuse new messages. `record`: new code refuses what was recorded. `none`: nobody is misled. */
  readonly breaks: 'reader' | 'record' | 'both' | 'none'
}

/** A keyword whose larger value allows more (+1), or less (-1). */
const bounds: readonly (readonly [keyword: string, sign: 1 | -1])[] = [
  ['maxLength', 1],
  ['minLength', -1],
  ['maximum', 1],
  ['exclusiveMaximum', 1],
  ['minimum', -1],
  ['exclusiveMinimum', -1],
  ['maxItems', 1],
  ['minItems', -1],
  ['maxProperties', 1],
]

/** Every change, outer ones first. */
export function compareSchemas(was: JsonSchema, is: JsonSchema): readonly SchemaChange[] {
  const changes: SchemaChange[] = []
  const open: [JsonSchema, JsonSchema][] = []

  const note = (path: string, what: string, breaks: SchemaChange['breaks']): void => {
    changes.push({ path, what, breaks })
  }

  function compare(givenOld: JsonSchema, givenNew: JsonSchema, path: string): void {
    const old = resolveReference(givenOld, was) ?? {}
    const now = resolveReference(givenNew, is) ?? {}
    // A schema that holds itself was compared where it began.
    if (open.some(([first, second]) => first === old && second === now)) return
    if (same(old, now) && old === givenOld && now === givenNew && !hasReference(old)) return
    open.push([old, now])
    if (!compareTypes(old, now, path)) {
      open.pop()
      return
    }
    compareValues(old, now, path)
    for (const [keyword, sign] of bounds) compareBound(keyword, sign, old, now, path)
    for (const keyword of ['pattern', 'format', 'multipleOf'] as const) {
      if (same(old[keyword], now[keyword])) continue
      const breaks = old[keyword] === undefined ? 'record' : now[keyword] === undefined ? 'reader' : 'both'
      note(path, `${keyword} was ${say(old[keyword])} and is ${say(now[keyword])}`, breaks)
    }
    compareProperties(old, now, path)
    compareItems(old, now, path)
    open.pop()
  }

  /** False when the types have nothing to compare any further. */
  function compareTypes(old: JsonSchema, now: JsonSchema, path: string): boolean {
    const before = typesOf(old)
    const after = typesOf(now)
    if (same(before, after)) return true
    const added = after.filter(
      (type) => !before.includes(type) && !(type === 'integer' && before.includes('number')),
    )
    const gone = before.filter(
      (type) => !after.includes(type) && !(type === 'integer' && after.includes('number')),
    )
    const what = `type was ${before.join(' or ') || 'anything'} and is ${after.join(' or ') || 'anything'}`
    const breaks =
      after.length === 0 ? 'reader' : before.length === 0 ? 'record' : both(added.length > 0, gone.length > 0)
    note(path, what, breaks)
    return before.some((type) => after.includes(type))
  }

  function compareValues(old: JsonSchema, now: JsonSchema, path: string): void {
    const before = valuesOf(old)
    const after = valuesOf(now)
    if (before || after) {
      if (same(before, after)) return
      const added = after?.filter((value) => !before?.some((known) => same(known, value))) ?? []
      const gone = before?.filter((value) => !after?.some((known) => same(known, value))) ?? []
      const parts = [
        ...(before && after
          ? []
          : [before ? 'its values are no longer listed' : 'its values are listed now']),
        ...(added.length > 0 && before ? [`value ${added.map(say).join(', ')} is new`] : []),
        ...(gone.length > 0 && after ? [`value ${gone.map(say).join(', ')} is gone`] : []),
      ]
      if (parts.length > 0)
        note(
          path,
          parts.join('; '),
          both(
            !after || (before !== undefined && added.length > 0),
            !before || (after !== undefined && gone.length > 0),
          ),
        )
    }
    for (const keyword of ['anyOf', 'oneOf', 'allOf'] as const) compareChoices(keyword, old, now, path)
  }

  function compareChoices(
    keyword: 'anyOf' | 'oneOf' | 'allOf',
    old: JsonSchema,
    now: JsonSchema,
    path: string,
  ): void {
    const before = old[keyword]
    const after = now[keyword]
    if (!before && !after) return
    if (before && after && before.length === after.length) {
      for (const [index, choice] of before.entries()) compare(choice, after[index] ?? {}, path)
      return
    }
    const known = (before ?? []).filter((choice) => (after ?? []).some((one) => same(one, choice))).length
    const more = (after?.length ?? 0) > known
    const fewer = (before?.length ?? 0) > known
    note(
      path,
      `${keyword} had ${before?.length ?? 0} choices and has ${after?.length ?? 0}`,
      keyword === 'allOf' ? 'both' : both(more, fewer),
    )
  }

  function compareBound(keyword: string, sign: 1 | -1, old: JsonSchema, now: JsonSchema, path: string): void {
    const before = old[keyword] as number | undefined
    const after = now[keyword] as number | undefined
    if (before === after) return
    const wider = after === undefined || (before !== undefined && (after - before) * sign > 0)
    note(
      path,
      `${keyword} was ${before ?? 'absent'} and is ${after ?? 'absent'}`,
      wider ? 'reader' : 'record',
    )
  }

  function compareProperties(old: JsonSchema, now: JsonSchema, path: string): void {
    const before = old.properties ?? {}
    const after = now.properties ?? {}
    const needed = new Set(old.required)
    const needs = new Set(now.required)
    for (const [name, property] of Object.entries(before)) {
      const at = path === '' ? name : `${path}.${name}`
      const kept = after[name]
      if (!kept) {
        note(
          at,
          needed.has(name) ? 'the field is gone' : 'the optional field is gone',
          needed.has(name) ? 'reader' : 'none',
        )
        continue
      }
      if (needed.has(name) && !needs.has(name)) note(at, 'the field was required and is optional', 'reader')
      if (!needed.has(name) && needs.has(name)) note(at, 'the field was optional and is required', 'record')
      compare(property, kept, at)
    }
    const strict = old.additionalProperties === false
    for (const name of Object.keys(after)) {
      if (name in before) continue
      const at = path === '' ? name : `${path}.${name}`
      note(
        at,
        needs.has(name) ? 'the field is new and required' : 'the optional field is new',
        both(strict, needs.has(name)),
      )
    }
    compareMore(old, now, path)
  }

  function compareMore(old: JsonSchema, now: JsonSchema, path: string): void {
    const before = old.additionalProperties ?? true
    const after = now.additionalProperties ?? true
    if (same(before, after)) return
    if (typeof before === 'object' && typeof after === 'object') return compare(before, after, `${path}{}`)
    const breaks =
      before === true || after === false ? 'record' : after === true || before === false ? 'reader' : 'both'
    note(path, `additionalProperties was ${say(before)} and is ${say(after)}`, breaks)
  }

  function compareItems(old: JsonSchema, now: JsonSchema, path: string): void {
    const before = old.items
    const after = now.items
    if (same(before, after) && !hasReference(before)) return
    if (isSchema(before) && isSchema(after)) compare(before, after, `${path}[]`)
    else note(`${path}[]`, 'its items are described in another way', 'both')
  }

  compare(was, is, '')
  return changes
}

const both = (reader: boolean, record: boolean): SchemaChange['breaks'] =>
  reader && record ? 'both' : reader ? 'reader' : record ? 'record' : 'none'

function typesOf({ type }: JsonSchema): readonly string[] {
  return type === undefined ? [] : typeof type === 'string' ? [type] : [...type].toSorted()
}

function valuesOf(schema: JsonSchema): readonly unknown[] | undefined {
  return 'const' in schema ? [schema.const] : schema.enum
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const hasReference = (value: unknown): boolean => (JSON.stringify(value) ?? '').includes('"$ref"')

const say = (value: unknown): string => JSON.stringify(value) ?? 'absent'

/** Equal as JSON, whatever the order of their keys. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  )
}
