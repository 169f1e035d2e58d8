/**
 * What changed between two schemas of one payload, and whom it would mislead. Two readers count: a page that is still
 * open reads new messages by the old schema, and new code reads what was recorded by the old one.
 *
 * @module
 */
import { type JsonSchema, resolveReference } from './json-schema.ts'
import { sameJson as same } from './same-json.ts'
import {
  bounds,
  comparedKeywords,
  hasReference,
  jsonText as say,
  placesOf,
  propertyOf,
  schemaOf,
  typesOf,
  valuesOf,
} from './schema-parts.ts'

export interface SchemaChange {
  /** `total.currency`; empty for the payload itself. */
  readonly path: string
  /** `maxLength was 100 and is 50`. */
  readonly what: string
  /** `reader`: pages that are open refuse new messages. `record`: new code refuses what was recorded. `none`: nobody is misled. */
  readonly breaks: 'reader' | 'record' | 'both' | 'none'
}

/** Every change, outer ones first. */
export function compareSchemas(was: JsonSchema, is: JsonSchema): readonly SchemaChange[] {
  const changes: SchemaChange[] = []
  const open: [JsonSchema, JsonSchema][] = []

  const note = (path: string, what: string, breaks: SchemaChange['breaks']): void => {
    changes.push({ path, what, breaks })
  }

  function compare(givenOld: JsonSchema | boolean, givenNew: JsonSchema | boolean, path: string): void {
    const old = resolveReference(schemaOf(givenOld), was) ?? {}
    const now = resolveReference(schemaOf(givenNew), is) ?? {}
    // A schema that holds itself was compared where it began.
    if (open.some(([first, second]) => first === old && second === now)) return
    if (same(old, now) && old === givenOld && now === givenNew && !hasReference(old)) return
    open.push([old, now])
    if (!compareOneWithMany(old, now, path)) {
      compareUnknown(old, now, path)
      if (compareTypes(old, now, path)) compareKeywords(old, now, path)
    }
    open.pop()
  }

  function compareKeywords(old: JsonSchema, now: JsonSchema, path: string): void {
    compareValues(old, now, path)
    for (const keyword of ['anyOf', 'oneOf', 'allOf'] as const) compareChoices(keyword, old, now, path)
    for (const [keyword, sign] of bounds) compareBound(keyword, sign, old, now, path)
    for (const keyword of ['pattern', 'format', 'multipleOf', 'uniqueItems'] as const) {
      if (same(old[keyword], now[keyword])) continue
      const breaks = old[keyword] === undefined ? 'record' : now[keyword] === undefined ? 'reader' : 'both'
      note(path, `${keyword} was ${say(old[keyword])} and is ${say(now[keyword])}`, breaks)
    }
    compareProperties(old, now, path)
    compareItems(old, now, path)
  }

  /** Whether two schemas differ in anything that counts, without noting it. */
  function differ(old: JsonSchema, now: JsonSchema): boolean {
    const noted = changes.length
    compare(old, now, '')
    return changes.splice(noted).length > 0
  }

  /** One schema that became a choice, or the other way round: `string` and `string or null`. */
  function compareOneWithMany(old: JsonSchema, now: JsonSchema, path: string): boolean {
    const before = old.anyOf ?? old.oneOf
    const after = now.anyOf ?? now.oneOf
    if (Boolean(old.allOf) !== Boolean(now.allOf)) {
      note(path, `is put together of ${now.allOf?.length ?? 1}, and was of ${old.allOf?.length ?? 1}`, 'both')
      return true
    }
    if (Boolean(before) === Boolean(after)) return false
    noteChoices(before ?? [old], after ?? [now], path)
    return true
  }

  function noteChoices(before: readonly JsonSchema[], after: readonly JsonSchema[], path: string): void {
    const fresh = after.filter((choice) => !before.some((one) => !differ(one, choice)))
    const gone = before.filter((choice) => !after.some((one) => !differ(choice, one)))
    if (fresh.length === gone.length)
      for (const [index, choice] of gone.entries()) compare(choice, fresh[index] ?? {}, path)
    else
      note(
        path,
        `had ${before.length} ${before.length === 1 ? 'form' : 'forms'} and has ${after.length}: ${fresh.length} new, ${gone.length} gone`,
        both(fresh.length > 0, gone.length > 0),
      )
  }

  function compareUnknown(old: JsonSchema, now: JsonSchema, path: string): void {
    for (const keyword of new Set([...Object.keys(old), ...Object.keys(now)]))
      if (!comparedKeywords.has(keyword) && !same(old[keyword], now[keyword]))
        note(path, `${keyword} was ${say(old[keyword])} and is ${say(now[keyword])}`, 'both')
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
    const kinds = (types: readonly string[]): readonly string[] =>
      types.map((type) => (type === 'integer' ? 'number' : type))
    return kinds(before).some((type) => kinds(after).includes(type))
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
    if (keyword !== 'allOf') return noteChoices(before ?? [], after ?? [], path)
    if (before?.length === after?.length)
      for (const [index, part] of (before ?? []).entries()) compare(part, after?.[index] ?? {}, path)
    else note(path, `allOf had ${before?.length ?? 0} parts and has ${after?.length ?? 0}`, 'both')
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
    const needed = new Set(old.required)
    const needs = new Set(now.required)
    const names = new Set([
      ...Object.keys(old.properties ?? {}),
      ...needed,
      ...Object.keys(now.properties ?? {}),
      ...needs,
    ])
    for (const name of names) {
      const before = propertyOf(old, name)
      const after = propertyOf(now, name)
      const at = path === '' ? name : `${path}.${name}`
      if (before && after) {
        if (needed.has(name) && !needs.has(name)) note(at, 'the field was required and is optional', 'reader')
        if (!needed.has(name) && needs.has(name)) note(at, 'the field was optional and is required', 'record')
        compare(before, after, at)
      } else if (before) {
        const what = needed.has(name) ? 'the field is gone' : 'the optional field is gone'
        note(at, what, both(needed.has(name), now.additionalProperties === false))
        // What was recorded has it still, and there it is one of the others.
        if (typeof now.additionalProperties === 'object') compare(before, now.additionalProperties, at)
      } else if (after) {
        const what = needs.has(name) ? 'the field is new and required' : 'the optional field is new'
        note(at, what, both(old.additionalProperties === false, needs.has(name)))
        // To pages that are open it is one of the others.
        if (typeof old.additionalProperties === 'object') compare(old.additionalProperties, after, at)
      }
    }
    compareRest(
      'additionalProperties',
      old.additionalProperties ?? true,
      now.additionalProperties ?? true,
      `${path}{}`,
    )
    compareRest('propertyNames', old.propertyNames ?? true, now.propertyNames ?? true, `${path}{key}`)
  }

  /** Schemas of what is not named one by one; `true` lets anything be, `false` nothing. */
  function compareRest(
    keyword: string,
    before: JsonSchema | boolean,
    after: JsonSchema | boolean,
    path: string,
  ): void {
    if (typeof before === 'object' && typeof after === 'object') return compare(before, after, path)
    if (before === after) return
    const breaks =
      before === true || after === false ? 'record' : after === true || before === false ? 'reader' : 'both'
    note(path, `${keyword} was ${say(before)} and is ${say(after)}`, breaks)
  }

  function compareItems(old: JsonSchema, now: JsonSchema, path: string): void {
    const before = placesOf(old)
    const after = placesOf(now)
    if (before.fixed.length === after.fixed.length)
      for (const [index, place] of before.fixed.entries())
        compare(place, after.fixed[index] ?? true, `${path}[${index}]`)
    else note(`${path}[]`, `had ${before.fixed.length} places and has ${after.fixed.length}`, 'both')
    compareRest('items', before.rest, after.rest, `${path}[]`)
  }

  compare(was, is, '')
  return changes
}

const both = (reader: boolean, record: boolean): SchemaChange['breaks'] =>
  reader && record ? 'both' : reader ? 'reader' : record ? 'record' : 'none'
