/**
 * Reads a message of others whole, once for all who get the same bytes: whether it fits its contract, and what it covers.
 *
 * @module
 */
import {
  contracts,
  readFeedMessage,
  readInboxMessage,
  readStateMessage,
  type TopicContract,
} from '../../topics/index.ts'
import type { LoadTopic } from '../plan.ts'

/** What a message says of itself. */
export interface ReadMessage {
  /** RFC 3339, as it stands there. */
  readonly time: string
  /** First entry of a log's message; its own sequence for anything else. */
  readonly first: number
  /** The last entry before those that were left out; `first - 1` when none were. */
  readonly previous: number
}

/** The contract of a topic, if the project has it. */
export function contractOf({ contract }: LoadTopic): TopicContract | undefined {
  return contracts.find(({ topic }) => topic === contract)
}

/** Reads it, or says what is wrong with it. */
export function readMessage(
  contract: TopicContract | undefined,
  sequence: number,
  text: string,
): ReadMessage | { readonly problem: string } {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (error) {
    return { problem: `is not JSON: ${(error as Error).message}` }
  }
  const time = typeof raw === 'object' && raw !== null && 'time' in raw ? String(raw.time) : ''
  switch (contract?.kind) {
    case 'state': {
      const read = readStateMessage(contract, raw)
      return 'problem' in read ? read : { time, first: sequence, previous: sequence - 1 }
    }
    case 'feed':
    case 'inbox': {
      const read = contract.kind === 'feed' ? readFeedMessage(contract, raw) : readInboxMessage(contract, raw)
      if ('problem' in read) return read
      const { first, previous } = read.message
      return { time, first, previous }
    }
    case 'signal':
    case undefined:
      return { time, first: sequence, previous: sequence - 1 }
  }
}
