/**
 * The port between the connection's rules and whatever speaks MQTT: our own over the platform's WebSocket
 * (`mqtt-over-websocket.ts`), another library, or memory in a test.
 *
 * @module
 */
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
  /** `payload` is valid only during the call. */
  message(topic: string, payload: Uint8Array): void
  /** The end, once, whoever caused it; but not after `close()`. */
  lost(loss: Loss): void
}

export interface Link {
  /** Subscribes at QoS 0 and answers a reason code for each topic, or undefined when the link ends first. At most 8 topics. */
  subscribe(topics: readonly string[]): Promise<readonly number[] | undefined>
  unsubscribe(topics: readonly string[]): void
  /** Asks the broker for a sign of life now; `lost` follows within seconds when there is none. */
  check(): void
  /** Ends the link. Nothing is told to the listener afterwards. */
  close(): void
}
