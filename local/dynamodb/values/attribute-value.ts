/**
 * Attribute values in their wire form (`{ S: 'text' }`), which is also how they are kept and worked on: nothing is
 * converted that a request merely passes through.
 *
 * @module
 */

/** One of its members is present. `B` and `BS` are base64; `N` and `NS` are decimal text. */
export interface AttributeValue {
  S?: string
  N?: string
  B?: string
  BOOL?: boolean
  NULL?: boolean
  M?: Item
  L?: AttributeValue[]
  SS?: string[]
  NS?: string[]
  BS?: string[]
}

export type AttributeType = keyof AttributeValue

/** An item, or a map inside one: attribute names to values. */
export type Item = { [name: string]: AttributeValue }

export const attributeTypes: ReadonlySet<string> = new Set([
  'S',
  'N',
  'B',
  'BOOL',
  'NULL',
  'M',
  'L',
  'SS',
  'NS',
  'BS',
] satisfies AttributeType[])

/** The type of a validated value. */
export function typeOf(value: AttributeValue): AttributeType {
  for (const type in value) return type as AttributeType
  throw new TypeError('an attribute value without a type; validate it first')
}

/** The members of a set, whichever its type, or undefined when it is none. */
export function setMembers(value: AttributeValue): string[] | undefined {
  return value.SS ?? value.NS ?? value.BS
}

/** An attribute, never something inherited (`constructor` is a name like any other). */
export function attributeOf(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined
}

/** Sets an attribute, `__proto__` included. */
export function setAttribute(item: Item, name: string, value: AttributeValue): void {
  if (name === '__proto__') {
    Object.defineProperty(item, name, { value, enumerable: true, configurable: true, writable: true })
  } else {
    item[name] = value
  }
}

/** Bytes of UTF-8. */
export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

/** Bytes that base64 text stands for. */
export function base64Bytes(text: string): number {
  return Buffer.byteLength(text, 'base64')
}
