/**
 * Custom authorizers for publishing over HTTP: asked at every request, unless the authorizer is cached for HTTP and
 * the client keeps its connection. docs/aws-iot-core.md §5a.
 *
 * @module
 */
import type { Socket } from 'node:net'
import type { Broker } from '../broker.ts'
import { refreshTime } from './admit.ts'
import { authenticate, type Authentication } from './authenticate.ts'
import { readCredentials, type Upgrade } from './credentials.ts'

interface Kept {
  readonly key: string
  readonly until: number
  readonly result: Authentication & { readonly admitted: true }
}

const kept = new WeakMap<Socket, Kept>()

/** Asks the authorizer that the request's headers or query name. Never rejects. */
export async function askedByHttp(
  broker: Broker,
  upgrade: Upgrade,
  socket: Socket,
  connectionId: string,
): Promise<Authentication> {
  const { clock, defaultAuthorizer } = broker.settings
  const credentials = readCredentials(upgrade, undefined)
  const name = credentials.authorizerName ?? defaultAuthorizer
  const authorizer = name === undefined ? undefined : broker.authorizers.get(name)
  const token = authorizer?.tokenKeyName === undefined ? undefined : credentials.get(authorizer.tokenKeyName)
  const key = JSON.stringify([name, token, credentials.signature])
  const before = kept.get(socket)
  if (before?.key === key && before.until > clock.now()) return before.result
  const result = await authenticate(
    clock,
    broker.authorizers,
    defaultAuthorizer,
    upgrade,
    credentials,
    undefined,
    connectionId,
  )
  if (authorizer?.cachedForHttp && result.admitted) {
    const end = clock.now() + result.answer.disconnectAfterSeconds * 1000
    kept.set(socket, { key, until: Math.min(refreshTime(result.answer, clock.now()), end), result })
  }
  return result
}
