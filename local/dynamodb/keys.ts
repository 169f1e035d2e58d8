/**
 * From a request's key, or an item, to its place in the table.
 *
 * @module
 */
import { invalid, invalidParameter } from './errors.ts'
import { partitionKeyBytesMax, sortKeyBytesMax } from './limits.ts'
import type { ItemPlace } from './storage/items.ts'
import { type KeyAttribute, keyNames, type Table } from './table.ts'
import { type AttributeValue, base64Bytes, type Item, typeOf, utf8Bytes } from './values/attribute-value.ts'
import { encodeKey, noSortKey } from './values/key-encoding.ts'
import { validateItem } from './values/validate.ts'

export interface LocatedKey extends ItemPlace {
  /** The key attributes alone. */
  readonly key: Item
}

/** The key of a validated item that is to be written. Throws ValidationException. */
export function keyOfItem(table: Table, item: Item): LocatedKey {
  for (const attribute of attributesOf(table)) {
    const value = item[attribute.name]
    if (!value) throw invalidParameter(`Missing the key ${attribute.name} in the item`)
    if (typeOf(value) !== attribute.type) {
      throw invalidParameter(
        `Type mismatch for key ${attribute.name} expected: ${attribute.type} actual: ${typeOf(value)}`,
      )
    }
  }
  return locate(table, item)
}

/** The key that a request names; validates it. Throws ValidationException. */
export function keyOfRequest(table: Table, key: Item | undefined): LocatedKey {
  if (!key) {
    throw invalid(
      "1 validation error detected: Value null at 'key' failed to satisfy constraint: Member must not be null",
    )
  }
  validateItem(key)
  if (!fitsSchema(table, key)) throw invalid('The provided key element does not match the schema')
  return locate(table, key)
}

/** Whether a validated key has the table's key attributes, in their types, and no others. */
export function fitsSchema(table: Table, key: Item): boolean {
  const attributes = attributesOf(table)
  return (
    Object.keys(key).length === attributes.length &&
    attributes.every(({ name, type }) => {
      const value = key[name]
      return value !== undefined && typeOf(value) === type
    })
  )
}

/** The place of a key that fits the table. Throws ValidationException for empty and oversized values. */
export function locate(table: Table, item: Item): LocatedKey {
  const partition = item[table.partitionKey.name] as AttributeValue
  checkKeyValue(table.partitionKey, partition, true)
  const pk = encodeKey(partition)
  const { sortKey } = table
  if (!sortKey) return { tableId: table.id, pk, sk: noSortKey, key: { [table.partitionKey.name]: partition } }
  const sort = item[sortKey.name] as AttributeValue
  checkKeyValue(sortKey, sort, false)
  return {
    tableId: table.id,
    pk,
    sk: encodeKey(sort),
    key: { [table.partitionKey.name]: partition, [sortKey.name]: sort },
  }
}

/** Throws ValidationException for an empty or oversized key value. */
export function checkKeyValue({ name }: KeyAttribute, value: AttributeValue, partition: boolean): void {
  const bytes = value.S !== undefined ? utf8Bytes(value.S) : value.B !== undefined ? base64Bytes(value.B) : 1
  if (bytes === 0) {
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${value.S === undefined ? 'binary' : 'string'} value. Key: ${name}`,
    )
  }
  if (partition && bytes > partitionKeyBytesMax) {
    throw invalidParameter(
      `Size of hashkey has exceeded the maximum size limit of${partitionKeyBytesMax} bytes`,
    )
  }
  if (!partition && bytes > sortKeyBytesMax) {
    throw invalidParameter(
      `Aggregated size of all range keys has exceeded the size limit of ${sortKeyBytesMax} bytes`,
    )
  }
}

/** The key attributes of a stored item. */
export function keyOfStored(table: Table, item: Item): Item {
  return Object.fromEntries(keyNames(table).map((name) => [name, item[name] as AttributeValue]))
}

/** One text for a place: the same for the same item. */
export function placeText({ tableId, pk, sk }: ItemPlace): string {
  const text = (key: string | Uint8Array) =>
    typeof key === 'string' ? JSON.stringify(key) : Buffer.from(key).toString('hex')
  return `${tableId} ${text(pk)} ${text(sk)}`
}

function attributesOf(table: Table): readonly KeyAttribute[] {
  return table.sortKey ? [table.partitionKey, table.sortKey] : [table.partitionKey]
}
