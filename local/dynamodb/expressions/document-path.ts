/**
 * Document paths: places in an item.
 *
 * @module
 */
import { type AttributeValue, attributeOf, type Item } from '../values/attribute-value.ts'
import { expressionError } from './cursor.ts'
import type { ExpressionKind } from './syntax.ts'

/** Attribute names and list indexes, from the item inwards; the first is always a name. */
export type DocumentPath = readonly (string | number)[]

/** The value at a path, or undefined. */
export function valueAt(item: Item, path: DocumentPath): AttributeValue | undefined {
  let value = attributeOf(item, path[0] as string)
  for (let at = 1; at < path.length && value; at += 1) value = childOf(value, path[at] as string | number)
  return value
}

/** The value that one step leads to. */
export function childOf(value: AttributeValue, step: string | number): AttributeValue | undefined {
  if (typeof step === 'number') return value.L?.[step]
  return value.M && attributeOf(value.M, step)
}

/** `[a, b, [0]]`, as DynamoDB's messages write a path. */
export function formatPath(path: DocumentPath): string {
  return `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`
}

/** Whether two paths name the same place. */
export function samePath(left: DocumentPath, right: DocumentPath): boolean {
  return left.length === right.length && left.every((step, at) => step === right[at])
}

/**
 * Throws ValidationException when one of the paths is inside another (overlap), or when two take one place for a
 * map and for a list (conflict).
 */
export function refuseOverlaps(kind: ExpressionKind, paths: readonly DocumentPath[]): void {
  for (const [at, second] of paths.entries()) {
    for (let earlier = 0; earlier < at; earlier += 1) {
      const first = paths[earlier] as DocumentPath
      const problem = clash(first, second)
      if (problem) {
        throw expressionError(
          kind,
          `Two document paths ${problem} with each other; must remove or rewrite one of these paths; path one: ${formatPath(first)}, path two: ${formatPath(second)}`,
        )
      }
    }
  }
}

function clash(first: DocumentPath, second: DocumentPath): 'overlap' | 'conflict' | undefined {
  const shared = Math.min(first.length, second.length)
  for (let at = 0; at < shared; at += 1) {
    if (typeof first[at] !== typeof second[at]) return 'conflict'
    if (first[at] !== second[at]) return undefined
  }
  return 'overlap'
}
