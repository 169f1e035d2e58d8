/**
 * Checks values that come in, brings them into their one spelling (numbers, sets) and measures them, in one walk.
 *
 * @module
 */
import { DynamoDbError, invalid, invalidParameter } from '../errors.ts'
import { nestingMax } from '../limits.ts'
import {
  type AttributeType,
  attributeTypes,
  type AttributeValue,
  base64Bytes,
  type Item,
  utf8Bytes,
} from './attribute-value.ts'
import { canonicalNumber, compareNumbers, numberBytes } from './number.ts'

/** Validates an item in place and answers its bytes as DynamoDB counts them. Throws ValidationException. */
export function validateItem(item: Item): number {
  let bytes = 0
  for (const name in item) {
    if (name === '') throw emptyName()
    const value = item[name] as AttributeValue
    bytes += utf8Bytes(name) + validateValue(value, 1)
  }
  return bytes
}

/**
 * Validates a value in place and answers its bytes. `depth` is the level of maps and lists it stands on.
 * Throws ValidationException, or SerializationException for JSON of another shape.
 */
export function validateValue(value: AttributeValue, depth = 1): number {
  let type: AttributeType | undefined
  if (depth > nestingMax) {
    throw invalid(
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpectedShape(value)
  for (const key in value) {
    if (!attributeTypes.has(key)) {
      // A member that DynamoDB does not know is ignored.
      delete value[key as AttributeType]
      continue
    }
    if (type !== undefined) {
      throw invalid(
        'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
      )
    }
    type = key as AttributeType
  }
  switch (type) {
    case 'S':
      return utf8Bytes(text(value.S))
    case 'N':
      return numberBytes((value.N = canonicalNumber(text(value.N))))
    case 'B':
      return base64Bytes((value.B = canonicalBase64(text(value.B))))
    case 'BOOL':
      if (typeof value.BOOL !== 'boolean') throw unexpectedShape(value.BOOL)
      return 1
    case 'NULL':
      if (typeof value.NULL !== 'boolean') throw unexpectedShape(value.NULL)
      if (!value.NULL) throw invalidParameter('Null attribute value types must have the value of true')
      return 1
    case 'M':
      return nested(value.M ?? {}, depth)
    case 'L':
      return listed(value.L ?? [], depth)
    case 'SS':
      return validateSet(value.SS ?? [], 'string', utf8Bytes, identity, byBytes)
    case 'NS':
      return validateSet(value.NS ?? [], 'number', numberBytes, canonicalNumber, compareNumbers)
    case 'BS':
      return validateSet(value.BS ?? [], 'binary', base64Bytes, canonicalBase64, byDecodedBytes)
    case undefined:
      throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes')
  }
}

function nested(map: Item, depth: number): number {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) throw unexpectedShape(map)
  let bytes = 3
  for (const name in map) {
    if (name === '') throw emptyName()
    bytes += 1 + utf8Bytes(name) + validateValue(map[name] as AttributeValue, depth + 1)
  }
  return bytes
}

function listed(list: AttributeValue[], depth: number): number {
  if (!Array.isArray(list)) throw unexpectedShape(list)
  let bytes = 3
  for (const element of list) bytes += 1 + validateValue(element, depth + 1)
  return bytes
}

function validateSet(
  members: string[],
  kind: 'string' | 'number' | 'binary',
  bytesOf: (member: string) => number,
  canonical: (member: string) => string,
  compare: (left: string, right: string) => number,
): number {
  if (!Array.isArray(members)) throw unexpectedShape(members)
  if (members.length === 0) throw invalidParameter(`An ${kind} set  may not be empty`)
  const given = `[${members.join(', ')}]`
  let bytes = 3
  for (const [index, member] of members.entries()) {
    members[index] = canonical(text(member))
    bytes += bytesOf(members[index])
  }
  if (new Set(members).size !== members.length) {
    if (kind === 'number') throw invalid('Input collection contains duplicates')
    if (kind === 'binary') throw invalidParameter('Input collection of type BS contains duplicates.')
    throw invalidParameter(`Input collection ${given} contains duplicates`)
  }
  members.sort(compare)
  return bytes
}

/** JavaScript's own order is of UTF-16 units, which differs from UTF-8's above U+FFFF. */
export function byBytes(left: string, right: string): number {
  return left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right))
}

/** Order of base64 texts by the bytes they stand for. */
export function byDecodedBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left, 'base64'), Buffer.from(right, 'base64'))
}

function identity(member: string): string {
  return member
}

function canonicalBase64(given: string): string {
  const canonical = Buffer.from(given, 'base64').toString('base64')
  if (canonical !== given) {
    throw new DynamoDbError(
      'SerializationException',
      `Invalid Base64 for a binary value: ${JSON.stringify(given.slice(0, 40))}`,
    )
  }
  return canonical
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw unexpectedShape(value)
  return value
}

function emptyName(): DynamoDbError {
  return invalid('Empty attribute name')
}

function unexpectedShape(value: unknown): DynamoDbError {
  const seen = Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`
  return new DynamoDbError('SerializationException', `Unexpected ${seen} in an attribute value`)
}
