import type { Broker } from '../broker.ts'
import { endConnection } from '../end-connection.ts'
import type { Authorization, Client } from '../model.ts'
import { reason } from '../reason-codes.ts'
import { permissionsFor, refreshTime } from './admit.ts'
import { askAuthorizer } from './authenticate.ts'

/**
 * Asks the authorizer again, with what the client gave at connect. Its answer replaces the policy; a no, an error or
 * silence ends the connection. When the connection ends was settled by the first answer. docs/aws-iot-core.md §5a.
 */
export async function refresh(broker: Broker, client: Client, authorization: Authorization): Promise<void> {
  authorization.refreshAt = Number.POSITIVE_INFINITY
  const { clock } = broker.settings
  const result = await askAuthorizer(clock, authorization.authorizer, authorization.event)
  const { connection, session } = client
  if (!result.admitted) {
    endConnection(broker, connection, {
      reason: 'AUTH_ERROR',
      reasonCode: reason.notAuthorized,
      message: `refresh of its authorization: ${result.code}: ${result.message}`,
    })
    return
  }
  client.permissions = permissionsFor(broker, result.answer, connection.upgrade, session.clientId)
  authorization.refreshAt = refreshTime(result.answer, clock.now())
}
