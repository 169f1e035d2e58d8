/**
 * One published message as the broker carries it, whoever published it.
 *
 * @module
 */
import {
  contentTypeBytesMax,
  correlationDataBytesMax,
  messageExpirySeconds,
  meteredUnitBytes,
  payloadBytesMax,
  userPropertiesBytesMax,
} from './limits.ts'
import type { Problem } from './problem.ts'
import { basicIngest } from './topics/basic-ingest.ts'

/** The MQTT 5 properties that AWS passes on. docs/aws-iot-core.md §2.2. */
export interface MessageProperties {
  readonly payloadFormatIndicator?: boolean
  readonly contentType?: string
  readonly responseTopic?: string
  readonly correlationData?: Buffer
  readonly userProperties?: Readonly<Record<string, string | string[]>>
}

export interface Message {
  readonly topic: string
  readonly payload: Buffer
  /** The publisher's; a delivery has the lower of this and the subscription's. */
  readonly qos: 0 | 1
  /** Whether it was published to be retained. */
  readonly retain: boolean
  readonly properties: MessageProperties
  /** When it ends, ms since 1970; absent for never. docs/aws-iot-core.md §2.2. */
  readonly expiresAt: number | undefined
  /** What AWS bills for one passage of it, in and out alike. docs/aws-iot-core.md §4. */
  readonly units: number
}

export interface NewMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos?: 0 | 1
  readonly retain?: boolean
  readonly properties?: MessageProperties
  /** Seconds; brought into 1 to 604,800. Default: never. */
  readonly expirySeconds?: number | undefined
}

/** Makes a message that may be kept: it shares no bytes with what it was read from. */
export function newMessage(published: NewMessage, now: number): Message {
  const { topic, qos = 0, retain = false, properties = {}, expirySeconds } = published
  const payload = Buffer.from(published.payload)
  const { min, max } = messageExpirySeconds
  return {
    topic,
    payload,
    qos,
    retain,
    properties,
    expiresAt:
      expirySeconds === undefined ? undefined : now + Math.min(Math.max(expirySeconds, min), max) * 1000,
    // Basic Ingest is no message to the bill. docs/aws-iot-core.md §9.
    units: basicIngest(topic) ? 0 : messageUnits(topic, payload, properties),
  }
}

/** What AWS would refuse in a message, or undefined. docs/aws-iot-core.md §2.2, §3. */
export function messageProblem(published: NewMessage): Problem | undefined {
  const { payload, properties = {} } = published
  if (payload.length > payloadBytesMax)
    return over('payload', payload.length, payloadBytesMax, 'payloadBytes')
  const contentType = Buffer.byteLength(properties.contentType ?? '')
  if (contentType > contentTypeBytesMax)
    return over('content type', contentType, contentTypeBytesMax, 'contentTypeBytes')
  const correlation = properties.correlationData?.length ?? 0
  if (correlation > correlationDataBytesMax)
    return over('correlation data', correlation, correlationDataBytesMax, 'correlationDataBytes')
  const user = userPropertiesBytes(properties)
  if (user > userPropertiesBytesMax)
    return over('user properties', user, userPropertiesBytesMax, 'userPropertiesBytes')
  return holdsNull(properties)
    ? { message: 'a property holds U+0000, which no MQTT client may be sent' }
    : undefined
}

/** MQTT 5.0 [MQTT-1.5.4-2]: whoever received it would have to close its connection. */
function holdsNull({ contentType, responseTopic, userProperties }: MessageProperties): boolean {
  if (contentType?.includes('\0') || responseTopic?.includes('\0')) return true
  for (const name in userProperties) {
    if (name.includes('\0')) return true
    const values = userProperties[name] ?? ''
    for (const value of typeof values === 'string' ? [values] : values) if (value.includes('\0')) return true
  }
  return false
}

function over(what: string, bytes: number, most: number, quota: NonNullable<Problem['quota']>): Problem {
  return { message: `the ${what}: ${bytes} bytes; AWS takes ${most}`, quota }
}

/** Metered units of one passage of a message: topic name, payload and properties count. docs/aws-iot-core.md §4. */
export function messageUnits(topic: string, payload: Uint8Array, properties: MessageProperties): number {
  return meteredUnits(payload.length + Buffer.byteLength(topic) + propertiesBytes(properties))
}

/** Metered units of this many bytes: 5 KB steps, at least one. docs/aws-iot-core.md §4. */
export function meteredUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / meteredUnitBytes))
}

/** Seconds that a message has left, which may be 0; undefined for never. docs/aws-iot-core.md §2.2. */
export function secondsLeft(message: Message, now: number): number | undefined {
  return message.expiresAt === undefined
    ? undefined
    : Math.max(0, Math.ceil((message.expiresAt - now) / 1000))
}

/** Whether a message has ended. */
export function isExpired(message: Message, now: number): boolean {
  return message.expiresAt !== undefined && message.expiresAt <= now
}

function propertiesBytes(properties: MessageProperties): number {
  return (
    Buffer.byteLength(properties.contentType ?? '') +
    Buffer.byteLength(properties.responseTopic ?? '') +
    (properties.correlationData?.length ?? 0) +
    userPropertiesBytes(properties)
  )
}

function userPropertiesBytes(properties: MessageProperties): number {
  let bytes = 0
  for (const [name, values] of Object.entries(properties.userProperties ?? {}))
    for (const value of typeof values === 'string' ? [values] : values)
      bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  return bytes
}
