/**
 * From a CONNECT to what its client may do: its signature's policies, or the authorizer's answer, compiled for this
 * connection.
 *
 * @module
 */
import type { Clock } from '../../clock.ts'
import type { Broker } from '../broker.ts'
import type { Authorization, Connection } from '../model.ts'
import { variablesOf } from '../policy/condition-keys.ts'
import type { Statement } from '../policy/document.ts'
import { CollectablePolicy } from '../policy/collectable-policy.ts'
import { type CompiledPolicy, compilePolicy } from '../policy/evaluate.ts'
import { iotArn, Permissions } from '../policy/permissions.ts'
import type { Variables } from '../policy/wildcard.ts'
import { authenticate, type ConnectCredentials } from './authenticate.ts'
import { type AuthorizerAnswer, readDocuments } from './authorizer-answer.ts'
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
  const { upgrade } = connection
  if (anonymous) return { permissions: anonymousPermissions, authorization: undefined }
  // Its life is the WebSocket's: credentials matter when connecting. docs/aws-iot-core.md §5b, §12.10.
  if (upgrade.signedBy) {
    const { principal, allowed } = upgrade.signedBy
    return {
      permissions: permissionsFor(broker, { principal, statements: allowed }, upgrade, connect.clientId),
      authorization: undefined,
    }
  }
  const result = await authenticate(
    clock,
    broker.authorizers,
    defaultAuthorizer,
    upgrade,
    readCredentials(upgrade, connect.username),
    connect,
    connection.id,
  )
  if (!result.admitted) {
    const refused = `${result.code}: ${result.message}`
    const resource = iotArn('client', connect.clientId, broker.settings.region)
    broker.denials.add(
      { principal: 'unknown', action: 'iot:Connect', resource, because: refused, statement: undefined },
      connect.clientId,
      clock.now(),
    )
    return { refused }
  }
  const { answer, authorizer, event } = result
  const now = clock.now()
  const refreshAt = refreshTime(answer, now)
  const disconnectAt = now + answer.disconnectAfterSeconds * 1000
  return {
    permissions: permissionsFor(broker, answer, upgrade, connect.clientId),
    authorization: {
      authorizer,
      // Nobody is shown it again when there is no refresh.
      event: refreshAt < disconnectAt ? event : undefined,
      refreshAt,
      disconnectAt,
    },
  }
}

/** When the authorizer is asked again, ms since 1970. */
export function refreshTime({ refreshAfterSeconds }: AuthorizerAnswer, now: number): number {
  return refreshAfterSeconds === undefined ? Number.POSITIVE_INFINITY : now + refreshAfterSeconds * 1000
}

/** Those of everybody, where everybody is let in. */
export const anonymousPermissions = new Permissions({ principal: 'anonymous', policy: 'everything' })

export interface Grant {
  readonly principal: string
  readonly statements: 'everything' | readonly Statement[]
  /** The documents that the statements were read from, as JSON, when nobody else keeps the statements. */
  readonly documents?: string
}

/** A grant with the variables of this connection, or of this request (without a client ID), in it. docs/aws-iot-core.md §6. */
export function permissionsFor(
  broker: Broker,
  { principal, statements, documents }: Grant,
  { remoteAddress, serverName }: Pick<Upgrade, 'remoteAddress' | 'serverName'>,
  clientId: string | undefined,
): Permissions {
  const { region, clock, log } = broker.settings
  if (statements === 'everything') return new Permissions({ principal, policy: 'everything', region })
  const variables = variablesOf({
    clientId,
    sourceIp: remoteAddress,
    domainName: serverName,
    principal,
    thing: clientId === undefined ? undefined : broker.things.get(clientId),
  })
  const policy = new CollectablePolicy(
    compilePolicy(statements, variables, () => clock.now()),
    documents === undefined
      ? compilingStatements(statements, variables, clock)
      : compilingDocuments(documents, variables, clock),
  )
  return new Permissions({
    principal,
    policy,
    region,
    onDenied: (denial) => {
      broker.counters.denials += 1
      const now = clock.now()
      broker.denials.add(denial, clientId, now)
      const line = broker.denials.line(now)
      if (!line) return
      const { action, resource, because } = denial
      log({
        level: 'warn',
        message: 'denied',
        ...(clientId === undefined ? {} : { clientId }),
        principal,
        action,
        resource,
        because,
        ...line,
      })
    },
  })
}

// Closures of functions of their own: one made in permissionsFor would keep all that is named there.

function compilingStatements(
  statements: readonly Statement[],
  variables: Variables,
  clock: Clock,
): () => CompiledPolicy {
  return () => compilePolicy(statements, variables, () => clock.now())
}

function compilingDocuments(documents: string, variables: Variables, clock: Clock): () => CompiledPolicy {
  return () => compilePolicy(readDocuments(JSON.parse(documents) as unknown[]), variables, () => clock.now())
}
