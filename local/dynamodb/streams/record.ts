/**
 * A stream's record, in the shape that a Lambda function gets it.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 *
 * @module
 */
import type { Item } from '../values/attribute-value.ts'

export type StreamEventName = 'INSERT' | 'MODIFY' | 'REMOVE'
export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES'

/** One record as an event's `Records` has it. */
export interface LambdaStreamRecord {
  readonly eventID: string
  readonly eventName: StreamEventName
  readonly eventVersion: '1.1'
  readonly eventSource: 'aws:dynamodb'
  readonly awsRegion: string
  readonly userIdentity?: { readonly type: 'Service'; readonly principalId: string }
  readonly dynamodb: {
    /** Seconds since 1970. */
    readonly ApproximateCreationDateTime: number
    readonly Keys: Item
    readonly NewImage?: Item
    readonly OldImage?: Item
    readonly SequenceNumber: string
    readonly SizeBytes: number
    readonly StreamViewType: StreamViewType
  }
  readonly eventSourceARN: string
}

/** A write that a stream tells of. Images are the items' JSON, as stored. */
export interface StreamedWrite {
  readonly keys: string
  readonly keyBytes: number
  readonly before: { readonly body: string; readonly bytes: number } | undefined
  readonly after: { readonly body: string; readonly bytes: number } | undefined
  /** Whether time-to-live removed the item. */
  readonly expired?: boolean
}

/** What all records of one stream have in common. */
export interface StreamOrigin {
  readonly arn: string
  readonly region: string
  readonly viewType: StreamViewType
}

/**
 * The JSON of a record, put together from JSON that is there already. Event IDs follow from the stream and the
 * sequence number, so a record read twice is the same record.
 */
export function recordJson(
  origin: StreamOrigin,
  eventId: string,
  sequenceNumber: string,
  atMs: number,
  write: StreamedWrite,
): string {
  const { viewType } = origin
  const { before, after } = write
  const newImage = viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES' ? after : undefined
  const oldImage = viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES' ? before : undefined
  const bytes = write.keyBytes + (newImage?.bytes ?? 0) + (oldImage?.bytes ?? 0)
  const identity = write.expired
    ? ',"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}'
    : ''
  return (
    `{"eventID":"${eventId}","eventName":"${eventNameOf(write)}","eventVersion":"1.1","eventSource":"aws:dynamodb",` +
    `"awsRegion":"${origin.region}"${identity},"dynamodb":{"ApproximateCreationDateTime":${Math.floor(atMs / 1000)},` +
    `"Keys":${write.keys},` +
    (newImage ? `"NewImage":${newImage.body},` : '') +
    (oldImage ? `"OldImage":${oldImage.body},` : '') +
    `"SequenceNumber":"${sequenceNumber}","SizeBytes":${bytes},"StreamViewType":"${viewType}"},` +
    `"eventSourceARN":"${origin.arn}"}`
  )
}

export function eventNameOf({ before, after }: StreamedWrite): StreamEventName {
  return after ? (before ? 'MODIFY' : 'INSERT') : 'REMOVE'
}

/** A record as it is read: its JSON is parsed only when it is asked for. */
export class StreamRecord {
  /** Digits of fixed length: later records have the greater text. */
  readonly sequenceNumber: string
  readonly eventName: StreamEventName
  /** When it was written, ms since 1970. */
  readonly atMs: number
  /** The record's JSON, as an event's `Records` has it. */
  readonly json: string
  readonly #keysJson: string
  #keys: Item | undefined
  #record: LambdaStreamRecord | undefined

  constructor(sequenceNumber: string, atMs: number, line: string) {
    const [eventName, keysJson, json] = line.split('\t') as [StreamEventName, string, string]
    this.sequenceNumber = sequenceNumber
    this.atMs = atMs
    this.eventName = eventName
    this.json = json
    this.#keysJson = keysJson
  }

  /** The item's key, without parsing its images: enough for filters on `eventName` and `dynamodb.Keys`. */
  get keys(): Item {
    this.#keys ??= JSON.parse(this.#keysJson) as Item
    return this.#keys
  }

  /** The whole record, parsed once. */
  get record(): LambdaStreamRecord {
    this.#record ??= JSON.parse(this.json) as LambdaStreamRecord
    return this.#record
  }
}

/** The line that `StreamRecord` reads. JSON has no raw tabs or newlines, so they can part its pieces. */
export function recordLine(write: StreamedWrite, json: string): string {
  return `${eventNameOf(write)}\t${write.keys}\t${json}`
}
