/** DISCONNECT: a clean goodbye, which sends no Will. docs/aws-iot-core.md §2.1, §2.6. */
import type { IDisconnectPacket } from 'mqtt-packet'
import type { Broker } from '../broker.ts'
import { endConnection } from '../end-connection.ts'
import type { Client } from '../model.ts'
import { reason } from '../reason-codes.ts'
import { readNumberProperty } from '../wire/read-properties.ts'

/** MQTT 5.0 section 3.14.2.1: the client wants its Will sent all the same. */
const disconnectWithWill = 0x04

export function handleDisconnect(broker: Broker, client: Client, packet: IDisconnectPacket): void {
  const expiry = readNumberProperty('sessionExpiryInterval', packet.properties?.sessionExpiryInterval)
  if (expiry !== undefined) {
    if (client.session.expirySeconds === 0 && expiry > 0) {
      endConnection(broker, client.connection, {
        reason: 'CLIENT_ERROR',
        reasonCode: reason.protocolError,
        message: `a session that began with expiry 0 may not be given ${expiry} s`,
      })
      return
    }
    client.session.expirySeconds = Math.min(expiry, broker.quotas.limits.sessionExpiry)
  }
  endConnection(broker, client.connection, {
    reason: 'CLIENT_INITIATED_DISCONNECT',
    withoutWill: packet.reasonCode !== disconnectWithWill,
  })
}
