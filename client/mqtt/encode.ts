/**
 * The MQTT 5 packets a client sends: connect, subscribe, unsubscribe, acknowledge, ping, disconnect.
 *
 * @module
 */
import { packet, uint16, utf8 } from './bytes.ts'

const noProperties = [0]

export interface ConnectPacket {
  readonly clientId: string
  /** Seconds of silence after which the broker may take us for lost, times 1.5. */
  readonly keepAliveSeconds: number
}

/**
 * CONNECT, MQTT 5.0 section 3.1: clean start and no session expiry, because what was missed is read from the log, not
 * replayed by the broker at ten messages a second; no user name, the credentials are in the URL.
 */
export function encodeConnect({ clientId, keepAliveSeconds }: ConnectPacket): Uint8Array<ArrayBuffer> {
  const protocolVersion = 5
  const cleanStart = 0x02
  return packet(
    0x10,
    utf8('MQTT'),
    [protocolVersion, cleanStart],
    uint16(keepAliveSeconds),
    noProperties,
    utf8(clientId),
  )
}

/** SUBSCRIBE at QoS 0, section 3.8. AWS IoT Core takes at most 8 filters in one. */
export function encodeSubscribe(packetId: number, filters: readonly string[]): Uint8Array<ArrayBuffer> {
  const atMostOnce = 0
  return packet(
    0x82,
    uint16(packetId),
    noProperties,
    filters.flatMap((filter) => [...utf8(filter), atMostOnce]),
  )
}

/** UNSUBSCRIBE, section 3.10. */
export function encodeUnsubscribe(packetId: number, filters: readonly string[]): Uint8Array<ArrayBuffer> {
  return packet(
    0xa2,
    uint16(packetId),
    noProperties,
    filters.flatMap((filter) => utf8(filter)),
  )
}

/** PUBACK with reason code 0, which is the short form, section 3.4. */
export function encodePuback(packetId: number): Uint8Array<ArrayBuffer> {
  return packet(0x40, uint16(packetId))
}

/** PINGREQ, section 3.12. */
export function encodePingreq(): Uint8Array<ArrayBuffer> {
  return packet(0xc0)
}

/** DISCONNECT with a reason code, section 3.14. */
export function encodeDisconnect(reasonCode = 0): Uint8Array<ArrayBuffer> {
  return packet(0xe0, [reasonCode])
}
