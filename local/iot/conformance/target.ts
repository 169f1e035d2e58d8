/**
 * A broker that the conformance suite runs on: this one, Mosquitto, or a real endpoint of AWS IoT Core.
 *
 * @module
 */
import type { WireClient } from '../testing/wire-client.ts'

export type Version = 4 | 5

/** What a broker must let a case do, beside connecting. */
export type Ability =
  /** Its time can be moved on. */
  | 'time'
  /** It denies what is under `denied/`, lets nobody hear `muted/` or retain under `unkept/`, and admits no `denied…` client. */
  | 'policy'
  /** Its clients come over WebSockets, or over TCP. */
  | 'WebSocket'
  | 'TCP'

export interface Target {
  readonly name: string
  readonly abilities: ReadonlySet<Ability>
  /** First level of every topic and first part of every client ID, so that runs do not meet. */
  readonly prefix: string
  /** Time between two CONNECTs of a client ID, ms: 0 where there is no such quota. docs/aws-iot-core.md §2.1. */
  readonly connectEveryMs: number
  /** Time that an answer has, ms. */
  readonly answerMs: number
  /** What every CONNECT carries. */
  readonly credentials: { readonly username?: string; readonly password?: Buffer }
  /** Its time, ms since 1970. */
  now(): number
  /** Opens a transport; no CONNECT is sent. */
  open(version: Version): Promise<WireClient>
  /** Moves time on by ms; throws where `abilities` has no time. */
  advance(ms: number): void
  /** Lets ms pass: moves time on, or waits if the target has a quota that wants it. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}
