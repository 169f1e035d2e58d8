/**
 * What AWS makes of a CONNECT before anybody is asked who the client is. Pure. docs/aws-iot-core.md §2.1, §2.2, §2.6.
 *
 * @module
 */
import type { IConnectPacket } from 'mqtt-packet'
import { clientIdBytesMax, clientPacketBytesMin, inFlightMax, keepAliveSeconds } from '../limits.ts'
import { messageProblem, type NewMessage } from '../message.ts'
import type { Refusal } from '../problem.ts'
import type { QuotaId } from '../quotas/catalogue.ts'
import { reason } from '../reason-codes.ts'
import { isReserved, topicNameProblem } from '../topics/topic-name.ts'
import { MalformedPacketError, type ProtocolVersion } from '../wire/parse-packet.ts'
import { readMessageProperties, readNumberProperty } from '../wire/read-properties.ts'

/** A CONNECT in force, its values brought into AWS's ranges. */
export interface ConnectRequest {
  readonly version: ProtocolVersion
  /** Empty when the broker is to make one up. */
  readonly clientId: string
  readonly cleanStart: boolean
  readonly sessionExpirySeconds: number
  readonly keepAliveSeconds: number
  readonly window: number
  readonly packetBytesMax: number
  readonly will: NewMessage | undefined
  readonly username: string | undefined
  readonly password: Buffer | undefined
}

/** Reads a CONNECT of version 4 or 5, and says which quotas its values were cut to; no session lives longer than `sessionExpirySecondsMax`. Throws MalformedPacketError. */
export function readConnect(
  packet: IConnectPacket,
  version: ProtocolVersion,
  sessionExpirySecondsMax: number,
): { request: ConnectRequest; cut: readonly QuotaId[] } | { problem: Refusal } {
  const { clientId, properties = {} } = packet
  const problem = clientIdProblem(clientId, version, packet.clean === true) ?? willProblem(packet)
  if (problem) return { problem }
  const will = readWill(packet)
  const tooLarge = will && messageProblem(will)
  if (tooLarge)
    return { problem: { ...tooLarge, code: reason.quotaExceeded, message: `Will: ${tooLarge.message}` } }
  const receiveMaximum = readNumberProperty('receiveMaximum', properties.receiveMaximum) ?? inFlightMax
  const packetBytesMax =
    readNumberProperty('maximumPacketSize', properties.maximumPacketSize) ?? Number.POSITIVE_INFINITY
  if (receiveMaximum < 1) return unspecified('Receive Maximum is 0')
  if (packetBytesMax < clientPacketBytesMin)
    return {
      problem: {
        code: reason.unspecified,
        message: `Maximum Packet Size is ${packetBytesMax}; AWS takes ${clientPacketBytesMin} or more`,
        quota: 'clientPacketBytes',
      },
    }
  if (properties.authenticationMethod !== undefined)
    return unspecified('enhanced authentication; AWS has none')
  return {
    request: {
      version,
      clientId,
      cleanStart: packet.clean === true,
      sessionExpirySeconds: sessionExpiry(packet, version, sessionExpirySecondsMax),
      keepAliveSeconds: keepAlive(packet.keepalive ?? 0),
      window: Math.min(receiveMaximum, inFlightMax),
      packetBytesMax,
      will,
      username: packet.username,
      password: packet.password,
    },
    cut: cutOf(packet, sessionExpirySecondsMax),
  }
}

/** The quotas that a value was cut to. docs/aws-iot-core.md §2.1. */
function cutOf({ keepalive = 0, properties }: IConnectPacket, sessionExpirySecondsMax: number): QuotaId[] {
  return [
    ...(keepalive > keepAliveSeconds.max ? (['keepAlive'] as const) : []),
    ...((properties?.sessionExpiryInterval ?? 0) > sessionExpirySecondsMax
      ? (['sessionExpiry'] as const)
      : []),
  ]
}

/** Asked 0 or over the most: the most; under the least: the least. docs/aws-iot-core.md §2.1. */
export function keepAlive(askedSeconds: number): number {
  const { min, max } = keepAliveSeconds
  return askedSeconds === 0 ? max : Math.min(Math.max(askedSeconds, min), max)
}

function sessionExpiry(packet: IConnectPacket, version: ProtocolVersion, mostSeconds: number): number {
  if (version === 4) return packet.clean === true ? 0 : mostSeconds
  const asked = readNumberProperty('sessionExpiryInterval', packet.properties?.sessionExpiryInterval) ?? 0
  return Math.min(asked, mostSeconds)
}

function clientIdProblem(clientId: string, version: ProtocolVersion, clean: boolean): Refusal | undefined {
  const bad = (message: string): Refusal => ({
    code: reason.clientIdNotValid,
    message: `client ID: ${message}`,
  })
  const bytes = Buffer.byteLength(clientId)
  if (bytes > clientIdBytesMax)
    return { ...bad(`it has ${bytes} bytes; AWS takes ${clientIdBytesMax}`), quota: 'clientIdBytes' }
  if (clientId.startsWith('$')) return bad(`${clientId} begins with $, which AWS keeps for itself`)
  // MQTT 3.1.1 [MQTT-3.1.3-8]; docs/aws-iot-core.md §12.7.
  if (clientId === '' && version === 4 && !clean) return bad('it is empty, and the session is to persist')
  // oxlint-disable-next-line no-control-regex -- U+0000 is exactly what MQTT 5.0 [MQTT-1.5.4-2] forbids
  if (/\u0000/.test(clientId)) return bad('it holds U+0000')
  return undefined
}

function willProblem({ will }: IConnectPacket): Refusal | undefined {
  if (!will) return undefined
  if (will.qos === 2)
    return { code: reason.qosNotSupported, message: 'a Will with QoS 2; AWS has QoS 0 and 1' }
  const problem =
    topicNameProblem(will.topic) ?? (isReserved(will.topic) ? { message: 'it begins with $' } : undefined)
  if (!problem) return undefined
  const message = `Will topic ${JSON.stringify(will.topic.slice(0, 300))}: ${problem.message}`
  return { ...problem, code: reason.topicNameInvalid, message }
}

function readWill({ will }: IConnectPacket): NewMessage | undefined {
  if (!will) return undefined
  if (!Buffer.isBuffer(will.payload)) throw new MalformedPacketError('the Will has no payload')
  const { messageExpiryInterval, willDelayInterval: _, ...properties } = will.properties ?? {}
  const passedOn = readMessageProperties(properties)
  // MQTT 5.0 [MQTT-3.3.2-14], as of any publish.
  if (/[+#]/.test(passedOn.responseTopic ?? ''))
    throw new MalformedPacketError("the Will's response topic holds a wildcard")
  return {
    topic: will.topic,
    payload: will.payload,
    qos: will.qos === 1 ? 1 : 0,
    retain: will.retain === true,
    properties: passedOn,
    expirySeconds: readNumberProperty('messageExpiryInterval', messageExpiryInterval),
  }
}

function unspecified(message: string): { problem: Refusal } {
  return { problem: { code: reason.unspecified, message } }
}
