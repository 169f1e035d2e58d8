/** CONNACK: what AWS announces, or why it refuses. docs/aws-iot-core.md §2.1, §2.2, §2.7, §12.2, §12.3. */
import type { IConnackPacket } from 'mqtt-packet'
import { inFlightMax, packetBytesMax, topicAliasMax } from '../limits.ts'
import { returnCodeFor } from '../reason-codes.ts'
import type { ProtocolVersion } from '../wire/parse-packet.ts'

export function acceptingConnack(accepted: {
  readonly version: ProtocolVersion
  readonly sessionPresent: boolean
  readonly sessionExpirySeconds: number
  readonly keepAliveSeconds: number
  /** Only when the broker made it up. */
  readonly assignedClientId: string | undefined
}): IConnackPacket {
  const { version, sessionPresent, assignedClientId } = accepted
  if (version === 4) return { cmd: 'connack', sessionPresent, returnCode: 0 }
  return {
    cmd: 'connack',
    sessionPresent,
    reasonCode: 0,
    properties: {
      sessionExpiryInterval: accepted.sessionExpirySeconds,
      receiveMaximum: inFlightMax,
      maximumQoS: 1,
      retainAvailable: true,
      maximumPacketSize: packetBytesMax,
      topicAliasMaximum: topicAliasMax,
      wildcardSubscriptionAvailable: true,
      subscriptionIdentifiersAvailable: false,
      sharedSubscriptionAvailable: true,
      serverKeepAlive: accepted.keepAliveSeconds,
      ...(assignedClientId === undefined ? {} : { assignedClientIdentifier: assignedClientId }),
    },
  }
}

export function refusingConnack(version: ProtocolVersion, reasonCode: number): IConnackPacket {
  return version === 5
    ? { cmd: 'connack', sessionPresent: false, reasonCode }
    : { cmd: 'connack', sessionPresent: false, returnCode: returnCodeFor(reasonCode) }
}
