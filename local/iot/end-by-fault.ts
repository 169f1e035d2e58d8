import type { Broker } from './broker.ts'
import { endConnection } from './end-connection.ts'
import type { Client } from './model.ts'
import { reason } from './reason-codes.ts'

/** Looks, once a second, whether a fault ends this connection; answers whether it did. docs/aws-iot-core.md §12.14. */
export function endByFault(broker: Broker, client: Client): boolean {
  const { chaos } = broker
  const { faults } = broker.settings
  if (client.authorization && chaos.ends.happens(faults.expireEarly)) {
    endConnection(broker, client.connection, {
      reason: 'CUSTOMAUTH_TTL_EXPIRATION',
      reasonCode: reason.notAuthorized,
      message: 'by a fault, its authorisation ended early',
    })
    return true
  }
  if (!chaos.ends.happens(faults.kick)) return false
  endConnection(broker, client.connection, {
    reason: 'SERVER_INITIATED_DISCONNECT',
    reasonCode: reason.administrativeAction,
    message: 'by a fault, it was kicked',
  })
  return true
}
