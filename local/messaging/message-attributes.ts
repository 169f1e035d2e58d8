import { createHash } from 'node:crypto'

/** One message attribute as SQS's JSON protocol writes it. */
export interface MessageAttribute {
  /** `String`, `Number`, `Binary`, each with an optional label after a dot. */
  readonly DataType: string
  readonly StringValue?: string
  /** Base64. */
  readonly BinaryValue?: string
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>

/** Bytes that attributes count for: names, types and values together. */
export function attributesBytes(attributes: MessageAttributes | undefined): number {
  if (!attributes) return 0
  let bytes = 0
  for (const [name, attribute] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType)
    bytes +=
      attribute.BinaryValue === undefined
        ? Buffer.byteLength(attribute.StringValue ?? '')
        : Buffer.byteLength(attribute.BinaryValue, 'base64')
  }
  return bytes
}

const attributeName = /^(?!aws\.|amazon\.)(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i
const dataType = /^(?:String|Number|Binary)(?:\..+)?$/

/** What is wrong with the attributes as AWS would say it; undefined when nothing is. */
export function attributesFault(attributes: MessageAttributes, most: number): string | undefined {
  const entries = Object.entries(attributes)
  if (entries.length > most)
    return `Number of message attributes [${entries.length}] exceeds the allowed maximum [${most}].`
  for (const [name, attribute] of entries) {
    if (!attributeName.test(name)) return `The message attribute name '${name}' is invalid.`
    if (typeof attribute !== 'object' || attribute === null || !dataType.test(attribute.DataType ?? '')) {
      return `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`
    }
    const value = attribute.DataType.startsWith('Binary') ? attribute.BinaryValue : attribute.StringValue
    if (value === undefined || value === '') {
      return `The message attribute '${name}' must contain a non-empty value for its type '${attribute.DataType}'.`
    }
    if (attribute.DataType.startsWith('Number') && !Number.isFinite(Number(value))) {
      return `Could not cast message attribute '${name}' value '${value}' to number.`
    }
  }
  return undefined
}

/**
 * MD5 over the attributes as SQS computes it, so that a client can check that they arrived whole.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
 */
export function attributesMd5(attributes: MessageAttributes): string {
  const hash = createHash('md5')
  const length = Buffer.alloc(4)
  const add = (bytes: Buffer): void => {
    length.writeUInt32BE(bytes.length)
    hash.update(length)
    hash.update(bytes)
  }
  for (const name of Object.keys(attributes).sort()) {
    const attribute = attributes[name]
    if (!attribute) continue
    add(Buffer.from(name))
    add(Buffer.from(attribute.DataType))
    const binary = attribute.DataType.startsWith('Binary')
    hash.update(Buffer.of(binary ? 2 : 1))
    add(
      binary ? Buffer.from(attribute.BinaryValue ?? '', 'base64') : Buffer.from(attribute.StringValue ?? ''),
    )
  }
  return hash.digest('hex')
}
