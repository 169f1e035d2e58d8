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
import type { Pacer } from '../../topics/contract/pace.ts'
import type { Head, Published } from '../platform/live-table.ts'
import type { Log } from '../platform/log.ts'
import type { Time } from '../platform/time.ts'
import { encodeLog, encodeState, type EntriesNewestFirst, type MessageOptions } from './head-message.ts'

export interface TopicState {
  readonly head: Head | undefined
  readonly published: Published | undefined
  /** Who watches the topic now; read only where the pace goes by it. */
  readonly watchers?: Watchers
}

/** How many watch a topic, as presence counts them; `at` in ms since 1970. */
export interface Watchers {
  readonly count: number
  readonly at: number
}

/** A count older than this is nobody's any more, ms: the contract's declared audience takes its place. */
export const watchersKeptMs = 120_000

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
  /** `refused` when the broker asks for fewer; throws when it is not known whether it was taken. */
  publish(topic: string, payload: string, options: PublishOptions): Promise<'taken' | 'refused'>
  /** Position of the retained message; undefined when there is none. */
  retained(topic: string): Promise<Position | undefined>
}

export interface PublishOptions {
  readonly qos: 0 | 1
  readonly retain: boolean
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
  /** The pace in effect, seconds. */
  readonly pacer: Pacer
}

/** Topics whose last sending an instance remembers. */
const lastSentMax = 10_000

/** The message a joiner gets: a state's value, or the newest entries of a log that fit. */
export async function headMessage(
  contract: RecordedContract,
  head: Head,
  entries: (head: Head, after: number) => EntriesNewestFirst,
  options: MessageOptions = {},
): Promise<string> {
  if (contract.kind === 'state') return encodeState(contract, head, options)
  return encodeLog(contract, head, head.floor, entries(head, head.floor), { ...options, gap: false })
}

/** The message that follows what was published: on a log, the entries since, or as many as fit and word of the gap. */
export async function nextMessage(
  contract: RecordedContract,
  head: Head,
  published: Published | undefined,
  table: PublishingTable,
  options: MessageOptions = {},
): Promise<string> {
  if (contract.kind === 'state') return encodeState(contract, head, options)
  const after = published?.epoch === head.epoch ? published.sequence : head.floor
  return encodeLog(contract, head, after, table.entries(head, after), { ...options, gap: true })
}

/** The pace in effect of a topic, ms. */
export function paceMsOf(
  { pacer, time }: Pick<PublishingPorts, 'pacer' | 'time'>,
  contract: RecordedContract,
  { watchers }: Pick<TopicState, 'watchers'>,
): number {
  const counted = watchers && watchers.at + watchersKeptMs > time.now() ? watchers.count : undefined
  return Math.round(pacer(contract, counted) * 1000)
}

/** What messages of the contract say of their pace. */
export function paceTold(contract: RecordedContract, paceMs: number): MessageOptions {
  return contract.pace === 'auto' ? { paceMs } : {}
}

/** When a topic may be published next, ms since 1970: its pace after the latest sending that is known of. */
export function nextSendAt(paceMs: number, ...lastSentAt: readonly (number | undefined)[]): number {
  return Math.max(0, ...lastSentAt.map((at) => (at === undefined ? 0 : at + paceMs)))
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
  ports: Pick<PublishingPorts, 'broker' | 'isPassing' | 'log' | 'lastSentAt' | 'time'>,
  contract: RecordedContract,
  topic: string,
  payload: string,
): Promise<'taken' | 'refused' | 'unsure'> {
  try {
    // An inbox is one person's: QoS 1 costs little for one receiver, and spares a look into the log. Who subscribes asks
    // GET /inbox first, so nothing is retained, and AWS's limit of one retained message a second does not hold for it.
    const own = contract.kind === 'inbox'
    return await ports.broker.publish(
      topic,
      payload,
      own ? { qos: 1, retain: false } : { qos: 0, retain: true },
    )
  } catch (error) {
    if (!ports.isPassing(error)) throw error
    ports.log.warn('publish failed; trying again after the pace', { topic, error })
    return 'unsure'
  } finally {
    if (ports.lastSentAt.size >= lastSentMax) ports.lastSentAt.clear()
    ports.lastSentAt.set(topic, ports.time.now())
  }
}
