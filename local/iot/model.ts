/**
 * What the broker knows of its clients: a connection and the client on it come and go, a session may outlive them.
 *
 * @module
 */
import type { Authorizer } from './auth/authorizer.ts'
import type { Upgrade } from './auth/credentials.ts'
import type { Message } from './message.ts'
import type { MeteredUnits } from './meter.ts'
import type { Permissions } from './policy/permissions.ts'
import type { Delivery } from './session/delivery.ts'
import type { InFlight } from './session/in-flight.ts'
import type { PacketFramer } from './wire/packet-framer.ts'
import type { ProtocolVersion } from './wire/parse-packet.ts'
import type { Transport } from './wire/transport.ts'

/** One transport, from its opening to its end. */
export interface Connection {
  /** UUID; the authorizer's `connectionMetadata.id`, and the lifecycle events' session identifier. */
  readonly id: string
  readonly transport: Transport
  /** Without the credentials once the client is let in. */
  upgrade: Upgrade
  readonly framer: PacketFramer
  /** Ms since 1970. */
  readonly openedAt: number
  lastHeardAt: number
  phase: Phase
}

export type Phase =
  /** No CONNECT yet. */
  | { readonly status: 'new' }
  /** The authorizer is asked; what the client sends before its CONNACK waits. */
  | { readonly status: 'authorizing'; readonly early: Buffer[]; earlyBytes: number }
  | { readonly status: 'open'; readonly client: Client }
  | { readonly status: 'ended' }

/** A client that was let in. */
export interface Client {
  readonly connection: Connection
  readonly session: Session
  readonly version: ProtocolVersion
  readonly connectedAt: number
  /** Replaced when the authorizer refreshes it. */
  permissions: Permissions
  readonly keepAliveSeconds: number
  /** QoS 1 messages that may be on their way to it. */
  readonly window: number
  /** Its Maximum Packet Size, bytes. */
  readonly packetBytesMax: number
  /** Inbound topic aliases; made with the first one. */
  aliases: Map<number, string> | undefined
  readonly will: Message | undefined
  readonly meter: MeteredUnits
  /** Messages sent to it. */
  deliveries: number
  /**
   * Publishes in and out in the second that began at `since`; and until when their bytes, at the connection's
   * throughput, keep it busy. Ms since 1970.
   */
  readonly rate: { since: number; count: number; paidUntil: number }
  /** Absent for a client that no authorizer let in. */
  readonly authorization: Authorization | undefined
}

export interface Authorization {
  readonly authorizer: Authorizer
  /** The event of the first invocation: a refresh shows the authorizer the same credentials. docs/aws-iot-core.md §5a. */
  readonly event: unknown
  /** Ms since 1970; infinite when it is never asked again, or is being asked now. */
  refreshAt: number
  readonly disconnectAt: number
}

/** What is kept for a client ID. */
export interface Session {
  readonly clientId: string
  readonly version: ProtocolVersion
  /** Seconds it outlives its connection; 0 ends it with it. */
  expirySeconds: number
  /** When it ends, ms since 1970; infinite while connected. */
  expiresAt: number
  /** Whether it began with this connection, for GetConnection. */
  cleanStart: boolean
  client: Client | undefined
  readonly subscriptions: Map<string, Subscription>
  /** QoS 1 messages on their way; made with the first one. */
  outbound: Outbound | undefined
  /** Of its subscriptions that match the message being sent, the one with the highest QoS. Absent between two messages. */
  best: Subscription | undefined
}

export interface Subscription {
  readonly session: Session
  readonly qos: 0 | 1
  /** Messages before this, ms since 1970, do not reach it: the gap after SUBACK. docs/aws-iot-core.md §2.2. */
  readonly activeAt: number
}

/** A session's QoS 1 messages that its client has not acknowledged. */
export interface Outbound {
  /** Sent, by packet ID. */
  readonly inFlight: InFlight
  /** Live messages over the window. */
  readonly waiting: Delivery[]
  /** Messages from while it was away, replayed slowly. */
  readonly stored: Delivery[]
  /** Bytes of payload in `waiting` and `stored`. */
  bytes: number
  /** The client that stored messages are being sent to. */
  replayingTo: Client | undefined
}
