/**
 * A part of an item: what a projection, or `UPDATED_OLD` and `UPDATED_NEW`, hand out.
 *
 * @module
 */
import { type AttributeValue, attributeOf, type Item, setAttribute } from '../values/attribute-value.ts'
import { type DocumentPath, refuseOverlaps } from './document-path.ts'
import type { Placeholders } from './placeholders.ts'
import type { PathSyntax } from './syntax.ts'

/** Paths as a tree: a leaf (`undefined`) takes all that is there. */
type Wanted = Map<string | number, Wanted | undefined>

/** The part of an item that a projection names. */
export type Projection = (item: Item) => Item

/** Puts names in place. Throws ValidationException for unknown names and for paths that overlap. */
export function bindProjection(syntax: readonly PathSyntax[], placeholders: Placeholders): Projection {
  const paths = syntax.map((path) => placeholders.path('ProjectionExpression', path))
  refuseOverlaps('ProjectionExpression', paths)
  return projectionOn(paths)
}

/** The part of an item at these paths. */
export function projectionOn(paths: readonly DocumentPath[]): Projection {
  const wanted: Wanted = new Map()
  for (const path of paths) {
    let level = wanted
    for (const [at, step] of path.entries()) {
      if (at === path.length - 1) level.set(step, undefined)
      else {
        const deeper: Wanted = level.get(step) ?? new Map()
        level.set(step, deeper)
        level = deeper
      }
    }
  }
  return (item) => partOfMap(item, wanted)
}

function partOfMap(map: Item, wanted: Wanted): Item {
  const part: Item = {}
  for (const [name, deeper] of wanted) {
    const value = attributeOf(map, name as string)
    const inner = value && (deeper ? partOf(value, deeper) : value)
    if (inner) setAttribute(part, name as string, inner)
  }
  return part
}

function partOf(value: AttributeValue, wanted: Wanted): AttributeValue | undefined {
  if (value.M) {
    const part = partOfMap(value.M, new Map([...wanted].filter(([step]) => typeof step === 'string')))
    return Object.keys(part).length > 0 ? { M: part } : undefined
  }
  const list = value.L
  if (!list) return undefined
  // The elements that are there, in the list's order, without the holes between them.
  const elements = [...wanted]
    .filter((entry): entry is [number, Wanted | undefined] => typeof entry[0] === 'number')
    .toSorted(([a], [b]) => a - b)
    .flatMap(([index, deeper]) => {
      const element = list[index]
      return (element && (deeper ? partOf(element, deeper) : element)) ?? []
    })
  return elements.length > 0 ? { L: elements } : undefined
}
