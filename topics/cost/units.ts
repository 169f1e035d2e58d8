/**
 * Metered units, exactly as AWS counts them: messages in steps of 5 KB. docs/aws-iot-core.md §4.
 *
 * @module
 */
import { filtersPerSubscribeMax, meteredUnitBytes } from '../contract/aws-limits.ts'

/** The same counts as the local broker's meter has. */
export interface Units {
  readonly connect: number
  readonly subscribe: number
  readonly publishIn: number
  readonly publishOut: number
  readonly puback: number
  readonly retainedStore: number
}

export const noUnits: Units = {
  connect: 0,
  subscribe: 0,
  publishIn: 0,
  publishOut: 0,
  puback: 0,
  retainedStore: 0,
}

/** What is published on the topics of one contract. */
export interface Publishing {
  /** Messages, over all of its topics. */
  readonly messages: number
  /** Bytes of one as AWS meters them: topic name, payload and properties. */
  readonly bytes: number
  /** Who hears each of them. */
  readonly receivers: number
  readonly qos: 0 | 1
  readonly retained: boolean
}

/** What joins the topics of one page. */
export interface Joining {
  /** CONNECTs. */
  readonly connections: number
  /** Topics that each of them subscribes to. */
  readonly filters: number
  /** What it finds retained: bytes of the message, and the QoS it was published with. */
  readonly retained: readonly { readonly bytes: number; readonly qos: 0 | 1 }[]
}

/** Units of one message of so many bytes: at least one. */
export function unitsOfBytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / meteredUnitBytes))
}

/** PUBLISH in and out, PUBACKs of receivers, and the store. A PUBACK is one unit, whatever it acknowledges. */
export function publishingUnits({ messages, bytes, receivers, qos, retained }: Publishing): Units {
  const units = unitsOfBytes(bytes)
  return {
    ...noUnits,
    publishIn: messages * units,
    publishOut: messages * receivers * units,
    puback: qos === 1 ? messages * receivers : 0,
    retainedStore: retained ? messages * units : 0,
  }
}

/**
 * CONNECT, SUBSCRIBE with up to 8 filters each, and the retained messages that a joiner is sent, each with the QoS it was
 * published with. Each CONNECT and SUBSCRIBE is within 5 KB: a filter has 256 bytes at most.
 */
export function joiningUnits({ connections, filters, retained }: Joining): Units {
  return {
    ...noUnits,
    connect: connections,
    subscribe: connections * Math.ceil(filters / filtersPerSubscribeMax),
    publishOut: connections * retained.reduce((sum, { bytes }) => sum + unitsOfBytes(bytes), 0),
    puback: connections * retained.filter(({ qos }) => qos === 1).length,
  }
}

export function addUnits(...all: readonly Units[]): Units {
  const sum: { -readonly [Name in keyof Units]: number } = { ...noUnits }
  for (const units of all)
    for (const name of Object.keys(noUnits) as (keyof Units)[]) sum[name] += units[name]
  return sum
}

/** Each count times `factor`. */
export function scaleUnits(units: Units, factor: number): Units {
  return Object.fromEntries(
    Object.entries(units).map(([name, count]) => [name, count * factor]),
  ) as unknown as Units
}

export function totalUnits(units: Units): number {
  return Object.values(units).reduce((sum: number, count: number) => sum + count, 0)
}
