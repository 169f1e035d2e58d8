/**
 * Lifecycle events: who came, who went and why. Listeners here hear them, and subscribers of `$aws/events/…`.
 * docs/aws-iot-core.md §8.
 *
 * @module
 */
import { bounds } from './limits.ts'

/** Why a connection ended, in AWS's words. */
export type DisconnectReason =
  | 'AUTH_ERROR'
  | 'CLIENT_INITIATED_DISCONNECT'
  | 'CLIENT_ERROR'
  | 'CONNECTION_LOST'
  | 'DUPLICATE_CLIENTID'
  | 'FORBIDDEN_ACCESS'
  | 'MQTT_KEEP_ALIVE_TIMEOUT'
  | 'SERVER_ERROR'
  | 'SERVER_INITIATED_DISCONNECT'
  | 'API_INITIATED_DISCONNECT'
  | 'THROTTLED'
  | 'WEBSOCKET_TTL_EXPIRATION'
  | 'CUSTOMAUTH_TTL_EXPIRATION'

interface CommonEvent {
  readonly clientId: string
  /** Ms since 1970. */
  readonly timestamp: number
  readonly sessionIdentifier: string
  readonly principalIdentifier: string
}

export type LifecycleEvent =
  | (CommonEvent & {
      readonly eventType: 'connected'
      readonly ipAddress: string
      readonly versionNumber: number
    })
  | (CommonEvent & {
      readonly eventType: 'disconnected'
      readonly clientInitiatedDisconnect: boolean
      readonly disconnectReason: DisconnectReason
      readonly versionNumber: number
    })
  | (CommonEvent & {
      readonly eventType: 'connect_failed'
      readonly connectFailureReason: 'AUTHORIZATION_FAILED'
      readonly ipAddress: string
    })
  | (CommonEvent & { readonly eventType: 'subscribed' | 'unsubscribed'; readonly topics: readonly string[] })

export type LifecycleListener = (event: LifecycleEvent) => void

/** A client ID's version number is forgotten after this long without a connection, ms. docs/aws-iot-core.md §8. */
const versionKeptMs = 3_600_000

export class Lifecycle {
  readonly #listeners = new Set<LifecycleListener>()
  readonly #versions = new Map<string, { number: number; leftAt: number }>()

  /** Calls the listener with each event; the answer stops it. */
  listen(listener: LifecycleListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Client IDs with `#` or `+` make no events. docs/aws-iot-core.md §2.1. */
  emit(event: LifecycleEvent): void {
    if (/[#+]/.test(event.clientId)) return
    for (const listener of this.#listeners) listener(event)
  }

  /** The version number of a new connection: rising per client ID. */
  connected(clientId: string): number {
    const number = (this.#versions.get(clientId)?.number ?? -1) + 1
    this.#versions.set(clientId, { number, leftAt: Number.POSITIVE_INFINITY })
    return number
  }

  /** The version number that the connection had. */
  disconnected(clientId: string, now: number): number {
    const version = this.#versions.get(clientId)
    if (!version) return 0
    version.leftAt = now
    return version.number
  }

  /** Forgets the client IDs that have been away too long, and the oldest of those that are away when there are too many. */
  sweep(now: number): void {
    for (const [clientId, { leftAt }] of this.#versions)
      if (leftAt + versionKeptMs < now || (leftAt <= now && this.#versions.size > bounds.versions))
        this.#versions.delete(clientId)
  }
}

/** The topic an event is published to. */
export function lifecycleTopic(event: LifecycleEvent): string {
  const area =
    event.eventType === 'subscribed' || event.eventType === 'unsubscribed' ? 'subscriptions' : 'presence'
  return `$aws/events/${area}/${event.eventType}/${event.clientId}`
}
