/**
 * From a CONNECT to what its client may do: the authorizer's answer, compiled for this connection.
 *
 * @module
 */
import type { Broker } from '../broker.ts'
import type { Authorization, Connection } from '../model.ts'
import type { Statement } from '../policy/document.ts'
import { compilePolicy } from '../policy/evaluate.ts'
import { Permissions } from '../policy/permissions.ts'
import { authenticate, type ConnectCredentials } from './authenticate.ts'
import type { AuthorizerAnswer } from './authorizer-answer.ts'
import { readCredentials, type Upgrade } from './credentials.ts'

export type Admission =
  | { readonly permissions: Permissions; readonly authorization: Authorization | undefined }
  | { readonly refused: string }

/** Never rejects. */
export async function admit(
  broker: Broker,
  connection: Connection,
  connect: ConnectCredentials,
): Promise<Admission> {
  const { anonymous, clock, defaultAuthorizer } = broker.settings
  if (anonymous)
    return { permissions: new Permissions('anonymous', 'everything', () => {}), authorization: undefined }
  const result = await authenticate(
    clock,
    broker.authorizers,
    defaultAuthorizer,
    connection.upgrade,
    readCredentials(connection.upgrade, connect.username),
    connect,
    connection.id,
  )
  if (!result.admitted) return { refused: `${result.code}: ${result.message}` }
  const { answer, authorizer, event } = result
  const now = clock.now()
  return {
    permissions: permissionsFor(broker, answer, connection.upgrade, connect.clientId),
    authorization: {
      authorizer,
      event,
      refreshAt: refreshTime(answer, now),
      disconnectAt: now + answer.disconnectAfterSeconds * 1000,
    },
  }
}

/** When the authorizer is asked again, ms since 1970. */
export function refreshTime({ refreshAfterSeconds }: AuthorizerAnswer, now: number): number {
  return refreshAfterSeconds === undefined ? Number.POSITIVE_INFINITY : now + refreshAfterSeconds * 1000
}

/** The answer's policies with this connection's variables in them. docs/aws-iot-core.md §6. */
export function permissionsFor(
  broker: Broker,
  answer: { readonly principal: string; readonly statements: readonly Statement[] },
  upgrade: Upgrade,
  clientId: string,
): Permissions {
  const policy = compilePolicy(answer.statements, {
    'iot:ClientId': clientId,
    'aws:SourceIp': upgrade.remoteAddress,
    'iot:DomainName': upgrade.serverName,
  })
  return new Permissions(answer.principal, policy, (denial) => {
    broker.counters.denials += 1
    broker.settings.log({ level: 'warn', message: 'denied', clientId, ...denial })
  })
}
