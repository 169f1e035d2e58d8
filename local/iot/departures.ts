/**
 * Who has left of late, for GetConnection: AWS knows a client for 30 minutes after it is gone. docs/aws-iot-core.md §7.
 *
 * @module
 */
import type { DisconnectReason } from './lifecycle.ts'
import { bounds } from './limits.ts'
import type { Client } from './model.ts'

/** How long a departure is known, ms. */
const knownMs = 30 * 60_000

export interface Departure {
  /** Ms since 1970. */
  readonly at: number
  readonly reason: DisconnectReason
  readonly cleanSession: boolean
  readonly sessionExpirySeconds: number
  readonly keepAliveSeconds: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
}

export class Departures {
  /** By client ID, the oldest first. */
  readonly #left = new Map<string, Departure>()

  /** Notes that a client is gone. What is too old, or over the bound, makes room. */
  note({ session, connection, keepAliveSeconds }: Client, reason: DisconnectReason, now: number): void {
    const { remoteAddress, remotePort, localAddress, localPort } = connection.transport
    this.#left.delete(session.clientId)
    this.#left.set(session.clientId, {
      at: now,
      reason,
      cleanSession: session.cleanStart,
      sessionExpirySeconds: session.expirySeconds,
      keepAliveSeconds,
      remoteAddress,
      remotePort,
      localAddress,
      localPort,
    })
    for (const [clientId, { at }] of this.#left) {
      if (at + knownMs > now && this.#left.size <= bounds.departures) return
      this.#left.delete(clientId)
    }
  }

  /** How the client left last, if that is known still. */
  get(clientId: string, now: number): Departure | undefined {
    const left = this.#left.get(clientId)
    return left && left.at + knownMs > now ? left : undefined
  }
}
