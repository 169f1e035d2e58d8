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
    const merged = change === null ? {} : merge(sections[section] ?? {}, change)
    const described = change === null ? {} : merge(metadata[section] ?? {}, describe(change, seconds))
    if (Object.keys(merged).length === 0) {
      delete sections[section]
      delete metadata[section]
    } else {
      sections[section] = merged
      metadata[section] = prune(described, merged)
    }
  }
  return { state: sections, metadata, version }
}

/** What is desired and not reported; undefined when nothing is. */
export function deltaOf({
  state,
  metadata,
}: Shadow): { state: JsonObject; metadata: JsonObject } | undefined {
  const state_ = difference(state.desired ?? {}, state.reported ?? {})
  return state_ && { state: state_, metadata: prune(metadata.desired ?? {}, state_) }
}

/** The metadata of what an update says: a timestamp for each leaf, none where it deletes. */
export function describe(value: JsonObject, seconds: number): JsonObject {
  return mapObject(value, (item) => describeValue(item, seconds))
}

/** Levels of objects and lists, one for a plain value. */
export function depthOf(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Object.values(value).reduce((deepest: number, item: Json) => Math.max(deepest, depthOf(item)), 0)
}

function describeValue(value: Json, seconds: number): Json {
  if (Array.isArray(value)) return value.map((item: Json) => describeValue(item, seconds))
  if (isObject(value)) return describe(value, seconds)
  // A null stays null, so that what it deletes loses its metadata too.
  return value === null ? null : { timestamp: seconds }
}

function merge(before: JsonObject, change: JsonObject): JsonObject {
  const entries = new Map(Object.entries(before))
  for (const [name, value] of Object.entries(change)) {
    const old = entries.get(name)
    if (value === null) entries.delete(name)
    else if (isObject(value)) entries.set(name, merge(isObject(old) ? old : {}, value))
    else entries.set(name, value)
  }
  return Object.fromEntries(entries)
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

function mapObject(value: JsonObject, map: (item: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, map(item)]))
}

function isSame(one: Json, other: Json | undefined): boolean {
  return other !== undefined && JSON.stringify(one) === JSON.stringify(other)
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
