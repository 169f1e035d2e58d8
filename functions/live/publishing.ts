/**
 * Publishing one topic's head: what broadcast and repair share.
 *
 * @module
 */
import {
  comparePositions,
  findContract,
  type Position,
  type RecordedContract,
} from '../../topics/contract/index.ts'
import type { Head, Published } from '../platform/live-table.ts'
import type { Log } from '../platform/log.ts'
import type { Time } from '../platform/time.ts'
import { encodeLog, encodeState, type EntriesNewestFirst } from './head-message.ts'

export interface TopicState {
  readonly head: Head | undefined
  readonly published: Published | undefined
}

/** The live table as publishing sees it; everything strongly read. */
export interface PublishingTable {
  read(topic: string): Promise<TopicState>
  /** Entries up to the head's, and none at or before `after`. */
  entries(head: Head, after: number): EntriesNewestFirst
  /** Unless something newer, or the same later, is noted already. */
  markPublished(topic: string, published: Published): Promise<void>
}

/** The broker's data plane. */
export interface Broker {
  /** Retained, QoS 0. `refused` when the broker asks for fewer; throws when it is not known whether it was taken. */
  publish(topic: string, payload: string): Promise<'taken' | 'refused'>
  /** Position of the retained message; undefined when there is none. */
  retained(topic: string): Promise<Position | undefined>
}

/** A topic's head that is to be sent once more. */
export interface QuietReminder extends Position {
  readonly topic: string
  /** When it was sent, ms since 1970: whatever was sent later makes the reminder void. */
  readonly at: number
}

export interface PublishingPorts {
  readonly contracts: readonly RecordedContract[]
  readonly table: PublishingTable
  readonly broker: Broker
  readonly time: Time
  readonly log: Log
  /** Whether an error may pass by itself. */
  readonly isPassing: (error: unknown) => boolean
  /**
   * When this instance sent to a topic last, ms since 1970. Outlives a request: a send whose answer was lost, in a run
   * that had no time left to see it through, is noted nowhere else, and the pace counts from it too.
   */
  readonly lastSentAt: Map<string, number>
}

/** Topics whose last sending an instance remembers. */
const lastSentMax = 10_000

/** The message a joiner gets: a state's value, or the newest entries of a log that fit. */
export async function headMessage(
  contract: RecordedContract,
  head: Head,
  entries: (head: Head, after: number) => EntriesNewestFirst,
): Promise<string> {
  if (contract.kind === 'state') return encodeState(contract, head)
  return encodeLog(contract, head, head.floor, entries(head, head.floor), { gap: false })
}

/** The message that follows what was published: on a log, the entries since, or as many as fit and word of the gap. */
export async function nextMessage(
  contract: RecordedContract,
  head: Head,
  published: Published | undefined,
  table: PublishingTable,
): Promise<string> {
  if (contract.kind === 'state') return encodeState(contract, head)
  const after = published?.epoch === head.epoch ? published.sequence : head.floor
  return encodeLog(contract, head, after, table.entries(head, after), { gap: true })
}

/** When a topic may be published next, ms since 1970: its pace after the latest sending that is known of. */
export function nextSendAt(
  contract: RecordedContract,
  ...lastSentAt: readonly (number | undefined)[]
): number {
  return Math.max(0, ...lastSentAt.map((at) => (at === undefined ? 0 : at + contract.paceSeconds * 1000)))
}

/** Whether the head is what was published, or older. */
export function isPublished({ head, published }: TopicState): boolean {
  return !head || (published !== undefined && comparePositions(head, published) <= 0)
}

export const samePosition = (a: Position | undefined, b: Position | undefined): boolean =>
  a !== undefined && b !== undefined && comparePositions(a, b) === 0

/** The contract of a topic that has a head. Throws when no contract names it. */
export function contractOf(contracts: readonly RecordedContract[], topic: string): RecordedContract {
  const found = findContract(contracts, topic)
  if (!found)
    throw new Error(`topic ${topic} has a head and no contract: its contract file is gone, or was renamed`)
  return found.contract
}

/**
 * Sends a payload. `unsure` when it may have been taken; the pace counts from it all the same, and from the answer
 * rather than the request, since the broker counts from when it took it.
 */
export async function send(
  ports: PublishingPorts,
  topic: string,
  payload: string,
): Promise<'taken' | 'refused' | 'unsure'> {
  try {
    return await ports.broker.publish(topic, payload)
  } catch (error) {
    if (!ports.isPassing(error)) throw error
    ports.log.warn('publish failed; trying again after the pace', { topic, error })
    return 'unsure'
  } finally {
    if (ports.lastSentAt.size >= lastSentMax) ports.lastSentAt.clear()
    ports.lastSentAt.set(topic, ports.time.now())
  }
}
