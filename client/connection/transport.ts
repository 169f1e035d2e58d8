/**
 * The port between the connection's rules and whatever speaks MQTT: our own over the platform's WebSocket
 * (`mqtt-over-websocket.ts`), another library (`../transports/`), or memory in a test. `transport.suite.ts` is what
 * all of them keep.
 *
 * @module
 */
import type { PublishPacket } from '../mqtt/encode.ts'
import type { Session } from '../session.ts'
import type { Loss } from './loss.ts'

/** Opens one connection. Answers at once; what comes of it is told to the listener. */
export type Transport = (target: LinkTarget, listener: LinkListener) => Link

export interface LinkTarget {
  readonly session: Session
  readonly clientId: string
  /** Seconds. */
  readonly keepAliveSeconds: number
}

export interface LinkListener {
  /** The broker accepted the connection. */
  opened(): void
  /** `payload` and `correlationData` are valid only during the call. */
  message(topic: string, payload: Uint8Array, correlationData?: Uint8Array): void
  /** The end, once, whoever caused it; but not after `close()`. */
  lost(loss: Loss): void
}

/** A message to publish, not retained. */
export type OutgoingMessage = PublishPacket

export interface Link {
  /** Subscribes at QoS 0 and answers a reason code for each topic, or undefined when the link ends first. At most 8 topics. */
  subscribe(topics: readonly string[]): Promise<readonly number[] | undefined>
  unsubscribe(topics: readonly string[]): void
  /** Publishes at QoS 1 and answers PUBACK's reason code, or undefined when the link ends first. */
  publish(message: OutgoingMessage): Promise<number | undefined>
  /** Asks the broker for a sign of life now; `lost` follows within seconds when there is none. */
  check(): void
  /** Ends the link. Nothing is told to the listener afterwards. */
  close(): void
}
