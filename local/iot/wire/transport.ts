import type { Frame } from './frame.ts'

/** What the broker needs of a client's connection: a WebSocket, or plain TCP for tools. */
export interface Transport {
  readonly kind: 'websocket' | 'tcp'
  readonly remoteAddress: string
  readonly remotePort: number
  /** The broker's own end. */
  readonly localAddress: string
  readonly localPort: number
  /** Bytes that wait, gathered here or in the socket. */
  bufferedBytes(): number
  /** Neither sends nor hears anything for so long from now: what is due, and what comes, waits. */
  holdFor(ms: number): void
  /** Sends it at the end of this turn, with whatever else is due; a QoS 1 PUBLISH with this packet ID in its copy. */
  send(frame: Frame, packetId?: number): void
  /** Writes what is gathered, says goodbye and closes, by force when the other side does not answer. */
  close(): void
  /** Closes now; what waits is lost. */
  destroy(): void
}

/** What a transport tells the broker. */
export interface TransportEvents {
  /** Bytes of the MQTT stream, cut as they came. */
  onBytes(bytes: Buffer): void
  /** It has ended. `clean`: the client closed the WebSocket itself, which sends no Will. docs/aws-iot-core.md §2.6. */
  onEnd(clean: boolean): void
}

/** A transport that nobody listens to yet. */
export interface ListeningTransport extends Transport {
  /** Starts telling what comes. Call it once. */
  listen(events: TransportEvents): void
}
