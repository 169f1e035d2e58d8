/**
 * The MQTT 5 packets a client sends: connect, subscribe, unsubscribe, publish, acknowledge, ping, disconnect.
 *
 * @module
 */
import { binary, packet, uint16, utf8, variableInteger } from './bytes.ts'
import { correlationData, responseTopic } from './properties.ts'

const noProperties = 0
const atMostOnce = 0

export interface ConnectPacket {
  readonly clientId: string
  /** Seconds of silence after which the broker may take us for lost, times 1.5. */
  readonly keepAliveSeconds: number
}

/** Clean start and nothing else, section 3.1.2.3. */
const cleanStart = 0x02

/**
 * CONNECT, MQTT 5.0 section 3.1: clean start and no session expiry, because what was missed is read from the log, not
 * replayed by the broker at ten messages a second; no user name, the credentials are in the URL.
 */
export const encodeConnect = ({ clientId, keepAliveSeconds }: ConnectPacket): Uint8Array<ArrayBuffer> =>
  packet(0x10, [...utf8('MQTT'), 5, cleanStart, ...uint16(keepAliveSeconds), noProperties, ...utf8(clientId)])

/** SUBSCRIBE at QoS 0, section 3.8. AWS IoT Core takes at most 8 filters in one. */
export const encodeSubscribe = (packetId: number, filters: readonly string[]): Uint8Array<ArrayBuffer> =>
  packet(0x82, [
    ...uint16(packetId),
    noProperties,
    ...filters.flatMap((filter) => [...utf8(filter), atMostOnce]),
  ])

/** UNSUBSCRIBE, section 3.10. */
export const encodeUnsubscribe = (packetId: number, filters: readonly string[]): Uint8Array<ArrayBuffer> =>
  packet(0xa2, [...uint16(packetId), noProperties, ...filters.flatMap(utf8)])

export interface PublishPacket {
  readonly topic: string
  readonly payload: Uint8Array
  /** Where the answer is wanted, and what it carries to be known by. */
  readonly request?: { readonly responseTopic: string; readonly correlationData: Uint8Array }
}

/** PUBLISH at QoS 1, section 3.3, so that a denial is a reason code in PUBACK; at QoS 0 it would end the connection. */
export function encodePublish(
  packetId: number,
  { topic, payload, request }: PublishPacket,
): Uint8Array<ArrayBuffer> {
  const properties = request
    ? [responseTopic, ...utf8(request.responseTopic), correlationData, ...binary(request.correlationData)]
    : []
  return packet(
    0x32,
    [...utf8(topic), ...uint16(packetId), ...variableInteger(properties.length), ...properties],
    payload,
  )
}

/** PUBACK with reason code 0, which is the short form, section 3.4. */
export const encodePuback = (packetId: number): Uint8Array<ArrayBuffer> => packet(0x40, uint16(packetId))

/** PINGREQ, section 3.12. */
export const encodePingreq = (): Uint8Array<ArrayBuffer> => packet(0xc0)

/** DISCONNECT with a reason code, section 3.14. */
export const encodeDisconnect = (reasonCode = 0): Uint8Array<ArrayBuffer> => packet(0xe0, [reasonCode])
