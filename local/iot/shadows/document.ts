/**
 * Shadow documents: what an update makes of a shadow, and how desired and reported differ. Pure. docs/aws-iot-core.md §7.
 *
 * @module
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

export interface Sections<Section = JsonObject> {
  readonly desired?: Section
  readonly reported?: Section
}

/** One shadow, classic or named. */
export interface Shadow {
  readonly state: Sections
  /** As `state`, with `{ timestamp }` (seconds since 1970) in the place of each leaf. */
  readonly metadata: Sections
  readonly version: number
}

/** The shadow after an update: objects merge, `null` deletes, anything else replaces. */
export function updated(
  before: Shadow | undefined,
  state: Sections<JsonObject | null>,
  version: number,
  seconds: number,
): Shadow {
  const sections = { ...before?.state }
  const metadata = { ...before?.metadata }
  for (const section of ['desired', 'reported'] as const) {
    const change = state[section]
    if (change === undefined) continue
    const [values, described] =
      change === null ? [{}, {}] : apply(sections[section] ?? {}, metadata[section] ?? {}, change, seconds)
    if (Object.keys(values).length === 0) {
      delete sections[section]
      delete metadata[section]
    } else {
      sections[section] = values
      metadata[section] = described
    }
  }
  return { state: sections, metadata, version }
}

/** What is desired and not reported; undefined when nothing is. */
export function deltaOf({
  state,
  metadata,
}: Shadow): { state: JsonObject; metadata: JsonObject } | undefined {
  const missing = difference(state.desired ?? {}, state.reported ?? {})
  return missing && { state: missing, metadata: prune(metadata.desired ?? {}, missing) }
}

/** The metadata of what an update says: a timestamp for each leaf, none where it deletes. */
export function describe(value: JsonObject, seconds: number): JsonObject {
  const entries = Object.entries(value).filter(([, item]) => item !== null)
  return Object.fromEntries(entries.map(([name, item]) => [name, describeValue(item, seconds)]))
}

/** Levels of objects and lists, one for a plain value. */
export function depthOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Object.values(value).reduce((deepest: number, item: Json) => Math.max(deepest, depthOf(item)), 0)
}

function describeValue(value: Json, seconds: number): Json {
  if (Array.isArray(value)) return value.map((item: Json) => describeValue(item, seconds))
  if (isObject(value)) return describe(value, seconds)
  return { timestamp: seconds }
}

/** A section after a change, and its metadata. */
function apply(
  values: JsonObject,
  metadata: JsonObject,
  change: JsonObject,
  seconds: number,
): [values: JsonObject, metadata: JsonObject] {
  const newValues = new Map(Object.entries(values))
  const newMetadata = new Map(Object.entries(metadata))
  for (const [name, value] of Object.entries(change)) {
    if (value === null) {
      newValues.delete(name)
      newMetadata.delete(name)
    } else if (isObject(value)) {
      const old = newValues.get(name)
      const described = newMetadata.get(name)
      // What was a plain value leaves nothing behind.
      const [inside, ofInside] =
        isObject(old) && isObject(described)
          ? apply(old, described, value, seconds)
          : apply({}, {}, value, seconds)
      newValues.set(name, inside)
      newMetadata.set(name, ofInside)
    } else {
      newValues.set(name, value)
      newMetadata.set(name, describeValue(value, seconds))
    }
  }
  return [Object.fromEntries(newValues), Object.fromEntries(newMetadata)]
}

function difference(desired: JsonObject, reported: JsonObject): JsonObject | undefined {
  const entries = Object.entries(desired).flatMap(([name, value]): [string, Json][] => {
    const other = Object.hasOwn(reported, name) ? reported[name] : undefined
    if (isObject(value) && other !== undefined && isObject(other)) {
      const inside = difference(value, other)
      return inside ? [[name, inside]] : []
    }
    return isSame(value, other) ? [] : [[name, value]]
  })
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

/** The metadata of those parts that the state still has. */
function prune(metadata: JsonObject, state: JsonObject): JsonObject {
  const entries = Object.entries(metadata).flatMap(([name, value]): [string, Json][] => {
    if (!Object.hasOwn(state, name)) return []
    const part = state[name]
    return [[name, isObject(value) && part !== undefined && isObject(part) ? prune(value, part) : value]]
  })
  return Object.fromEntries(entries)
}

function isSame(one: Json, other: Json | undefined): boolean {
  return other !== undefined && JSON.stringify(one) === JSON.stringify(other)
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
