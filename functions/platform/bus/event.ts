/**
 * Domain events: CloudEvents 1.0 in JSON, structured mode, that functions tell each other over SNS and SQS. One
 * definition says what an event is; whoever publishes it and whoever consumes it import that.
 *
 * @module
 */
import {
  describeIssues,
  shorten,
  type StandardSchema,
  validateNow,
} from '../../../topics/contract/standard-schema.ts'
import { readTraceparent, type Trace } from './trace.ts'

/** Largest SNS message, attributes included, bytes. https://docs.aws.amazon.com/general/latest/gr/sns.html */
export const eventBytesMax = 262_144

/** A kind of event. */
export interface EventDefinition<Data> {
  /** `contact.received` */
  readonly type: string
  /** `/fanfare/contact` */
  readonly source: string
  readonly schema: StandardSchema<unknown, Data>
}

/** An event as its consumer reads it. */
export interface DomainEvent<Data = unknown> {
  /** The same event has the same id, however often it comes: the idempotency key of its effects. */
  readonly id: string
  readonly type: string
  readonly source: string
  /** RFC 3339. */
  readonly time: string
  readonly subject?: string
  readonly data: Data
  readonly trace?: Trace
}

/** An event does not fit its definition. */
export class EventError extends Error {
  override readonly name = 'EventError'
  readonly code: string = 'EVENT_UNFIT'
  readonly retryable = false
}

/** An event is larger than SNS takes. */
export class PayloadTooLargeError extends EventError {
  override readonly code = 'PAYLOAD_TOO_LARGE'
  readonly bytes: number

  constructor(type: string, bytes: number) {
    super(
      `the event ${type} has ${bytes} bytes with its attributes; SNS takes ${eventBytesMax}: put the data into a table or into S3 and let the event name it`,
    )
    this.bytes = bytes
  }
}

/**
 * Defines an event. Throws EventError for a type that is not words with dashes joined by dots, or a source that is not
 * a path.
 */
export function defineEvent<Data>(options: EventDefinition<Data>): EventDefinition<Data> {
  const { type, source } = options
  if (!/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/.test(type) || type.length > 100) {
    throw new EventError(
      `the event type ${JSON.stringify(type)} is not like "contact.received": <domain>.<what-happened>`,
    )
  }
  if (!/^\/[a-z0-9/-]+$/.test(source)) {
    throw new EventError(`the source ${JSON.stringify(source)} of ${type} is not like "/fanfare/contact"`)
  }
  return options
}

/** What an event has besides its data. */
export interface EventHead {
  /** A ULID, or what makes it the same event when it is made again. */
  readonly id: string
  /** RFC 3339. */
  readonly time: string
  readonly subject?: string | undefined
  readonly trace?: Trace | undefined
}

/** The event as JSON. Throws EventError when `data` does not fit, PayloadTooLargeError when SNS would refuse it. */
export function makeEvent<Data>(
  definition: EventDefinition<Data>,
  data: Data,
  { id, time, subject, trace }: EventHead,
): string {
  const { type, source, schema } = definition
  if (id === '') throw new EventError(`the event ${type} has an empty id`)
  return writeEvent(type, {
    id,
    source,
    time,
    ...(subject === undefined ? {} : { subject }),
    ...(trace ? { traceparent: trace.traceparent } : {}),
    data: fit(type, schema, data),
  })
}

/**
 * A CloudEvent's JSON, from what differs between one and the next. Requests and replies, which go to queues alone, are no
 * larger than events, so that a message's way may change. Throws PayloadTooLargeError.
 */
export function writeEvent(
  type: string,
  { id, source, data, ...more }: Readonly<Record<string, unknown>>,
): string {
  const head = { specversion: '1.0', id, source, type, ...more }
  const event = JSON.stringify({ ...head, datacontenttype: 'application/json', data })
  const bytes = Buffer.byteLength(event) + typeAttributeBytes(type)
  if (bytes > eventBytesMax) throw new PayloadTooLargeError(type, bytes)
  return event
}

/** The message attribute `type` that filters look at: SNS counts its name, its type and its value. */
const typeAttributeBytes = (type: string): number => 'type'.length + 'String'.length + Buffer.byteLength(type)

/** An event from a message's body. Throws EventError that says what does not fit. */
export function readEvent<Data>(definition: EventDefinition<Data>, body: string): DomainEvent<Data> {
  const { data, ...head } = readEnvelope(body)
  if (head.type !== definition.type) {
    throw new EventError(`the event is of type ${quote(head.type)}, and not ${definition.type}`)
  }
  return { ...head, data: fit(definition.type, definition.schema, data) }
}

/** A CloudEvent before its data was looked at. */
export interface Envelope extends DomainEvent {
  /** All that the message has: extensions are read from here. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** What every CloudEvent has, from a message's body. Throws EventError. */
export function readEnvelope(body: string): DomainEvent {
  const { raw: _, ...event } = readRawEnvelope(body)
  return event
}

/** Likewise, with all its attributes. */
export function readRawEnvelope(body: string): Envelope {
  const raw = parse(body)
  const { specversion, id, type, source, time, subject, data, traceparent } = raw
  if (specversion !== '1.0') throw new EventError(`specversion is ${quote(specversion)}, not "1.0"`)
  const trace = typeof traceparent === 'string' ? readTraceparent(traceparent) : undefined
  return {
    id: text(id, 'id'),
    type: text(type, 'type'),
    source: text(source, 'source'),
    time: typeof time === 'string' ? time : '',
    ...(typeof subject === 'string' ? { subject } : {}),
    data,
    ...(trace ? { trace } : {}),
    raw,
  }
}

function parse(body: string): Record<string, unknown> {
  let raw: unknown
  try {
    raw = JSON.parse(body)
  } catch (error) {
    throw new EventError(`the message begins ${quote(body)} and is not JSON`, { cause: error })
  }
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return { ...raw }
  throw new EventError(`the message is ${quote(raw)}, and not a CloudEvent`)
}

function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new EventError(`${name} is ${quote(value)}, not a text`)
}

/** A value by its schema. Throws EventError. */
export function fit<Value>(type: string, schema: StandardSchema<unknown, Value>, value: unknown): Value {
  const checked = validateNow(schema, value)
  if (checked.issues) throw new EventError(`does not fit ${type}: ${describeIssues(checked.issues)}`)
  return checked.value
}

function quote(value: unknown): string {
  try {
    return shorten(JSON.stringify(value) ?? 'absent', 60)
  } catch (error) {
    // JSON is read to any depth, and written only as deep as the stack is.
    if (error instanceof RangeError) return 'nested too deep to be shown'
    throw error
  }
}
