/**
 * Order and equality of attribute values, as conditions see them.
 *
 * @module
 */
import { type AttributeValue, type Item, setMembers, typeOf } from './attribute-value.ts'
import { compareNumbers } from './number.ts'
import { byBytes, byDecodedBytes } from './validate.ts'

/** Negative, zero or positive; undefined when the two have no order (other types than S, N and B, or two types). */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  if (left.S !== undefined && right.S !== undefined) return byBytes(left.S, right.S)
  if (left.N !== undefined && right.N !== undefined) return compareNumbers(left.N, right.N)
  if (left.B !== undefined && right.B !== undefined) return byDecodedBytes(left.B, right.B)
  return undefined
}

/** Whether two validated values are the same: of one type, numbers by value, sets in any order. */
export function sameValue(left: AttributeValue, right: AttributeValue): boolean {
  const type = typeOf(left)
  if (type !== typeOf(right)) return false
  switch (type) {
    case 'M':
      return sameItem(left.M as Item, right.M as Item)
    case 'L': {
      const others = right.L as AttributeValue[]
      const own = left.L as AttributeValue[]
      return (
        own.length === others.length &&
        own.every((value, at) => sameValue(value, others[at] as AttributeValue))
      )
    }
    case 'SS':
    case 'NS':
    case 'BS': {
      // Validated sets hold their members in one spelling and in one order.
      const members = setMembers(left) as string[]
      const others = setMembers(right) as string[]
      return members.length === others.length && members.every((member, at) => member === others[at])
    }
    case 'S':
    case 'N':
    case 'B':
    case 'BOOL':
    case 'NULL':
      return left[type] === right[type]
  }
}

/** Whether two items (or maps) have the same attributes, in any order. */
export function sameItem(left: Item, right: Item): boolean {
  const names = Object.keys(left)
  if (names.length !== Object.keys(right).length) return false
  return names.every(
    (name) =>
      Object.hasOwn(right, name) && sameValue(left[name] as AttributeValue, right[name] as AttributeValue),
  )
}
