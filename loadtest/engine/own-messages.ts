/**
 * The tester's own messages: as the contract's are on the wire, in an epoch of the run, numbered from 1. Never retained: nothing of a
 * test stays behind for the topic's real subscribers to find.
 *
 * @module
 */
import { writeSequence } from '../../topics/contract/sequence.ts'
import type { LoadTopic } from '../plan.ts'
import { hashOf, type OwnTopic } from './ledger.ts'
import { contractOf } from './read-message.ts'
import type { RunClock } from './run-clock.ts'

/** A message that is to be sent. */
export interface OwnMessage {
  readonly payload: Buffer
  /** From 1. */
  readonly sequence: number
}

/** Numbers a topic's messages, whoever sends them, and notes them in the ledger. */
export class OwnMessages {
  readonly own: OwnTopic
  readonly topic: LoadTopic
  readonly #type: string
  readonly #version: number
  readonly #clock: RunClock
  #sequence = 0

  constructor(topic: LoadTopic, own: OwnTopic, clock: RunClock) {
    const contract = contractOf(topic)
    this.topic = topic
    this.own = own
    this.#type = contract?.type ?? 'loadtest'
    this.#version = contract?.version ?? 1
    this.#clock = clock
  }

  /** The next message, with this value, due at this time of the run; undefined when the ledger has no more room. */
  next(value: unknown, dueMs: number): OwnMessage | undefined {
    const index = this.#sequence
    if (index >= this.own.due.length) return undefined
    this.#sequence += 1
    const payload = Buffer.from(JSON.stringify(this.#envelope(this.#sequence, value, dueMs)))
    this.own.hashes[index] = hashOf(payload)
    this.own.due[index] = dueMs
    return { payload, sequence: this.#sequence }
  }

  /** It went out now. */
  sent({ sequence }: OwnMessage): void {
    this.own.sent[sequence - 1] = this.#clock.now()
  }

  /** The target has it: what is sent from now on comes behind it. */
  taken({ sequence }: OwnMessage): void {
    this.own.taken[sequence - 1] = this.#clock.now()
  }

  /** The target did not take it: nobody is owed it. */
  refused({ sequence }: Pick<OwnMessage, 'sequence'>): void {
    this.own.sent[sequence - 1] = Number.NaN
  }

  #envelope(sequenceNumber: number, value: unknown, dueMs: number): object {
    const { epoch } = this.own
    const { kind, topic } = this.topic
    const sequence = writeSequence(sequenceNumber)
    const log = { first: sequence, data: [{ value }] }
    const body = kind === 'feed' ? log : kind === 'inbox' ? { ...log, unread: 1 } : { data: value }
    return {
      specversion: '1.0',
      id: `${epoch}-${sequence}`,
      source: '/fanfare/loadtest',
      type: this.#type,
      time: this.#clock.rfc3339(dueMs),
      subject: topic,
      datacontenttype: 'application/json',
      version: this.#version,
      epoch,
      sequence,
      ...body,
    }
  }
}
