/**
 * Who may come in at the port before anything is asked of the broker: presigned upgrades, and signed or authorised
 * requests of the data plane. docs/aws-iot-core.md §5.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { AwsRequest, AwsResponse } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import { answerError, DataPlaneError } from '../data-plane/answer.ts'
import type { Permissions } from '../policy/permissions.ts'
import { readRequest } from '../server.ts'
import type { UpgradeVerdict } from '../websocket-upgrade.ts'
import { anonymousPermissions, permissionsFor } from './admit.ts'
import { askedByHttp } from './http-authorizer.ts'
import { readUpgrade } from './credentials.ts'
import { foreignPageMessage, isForeignPage, isKnownToAll, isNamedSafely } from './foreign-page.ts'
import { hasSignedHeader, hasSignedQuery } from './signature-parts.ts'
import {
  type SignatureRules,
  type Verification,
  verifyHeader,
  verifyQuery,
  verifyUpgrade,
} from './verify-signature.ts'

export interface Door {
  /** What to answer to a request that may not even send its body; undefined when it may. */
  refuse(http: IncomingMessage): AwsResponse | undefined
  /** Undefined when the upgrade is not presigned. Never rejects. */
  verifyUpgrade(http: IncomingMessage): Promise<UpgradeVerdict> | undefined
}

const nothing = new Uint8Array()

export function createDoor(broker: Broker): Door {
  return {
    refuse: (http) => (mayAsk(broker, http) ? undefined : notSigned),
    verifyUpgrade(http) {
      if (broker.settings.anonymous)
        return isForeignPage(http.headers)
          ? Promise.resolve({ refused: foreignPageMessage(http.headers) })
          : undefined
      if (!http.url?.includes('X-Amz-')) return undefined
      const request = readRequest(http, nothing)
      if (!hasSignedQuery(request.query)) return undefined
      return verifyUpgrade(rulesOf(broker), request).then((verified) => {
        const judged = judge(verified, http)
        if ('credential' in judged) return { signedBy: judged.credential }
        refused(broker, judged, '/mqtt', http.socket.remoteAddress)
        return { refused: `${judged.code}: ${judged.message}` }
      })
    },
  }
}

/**
 * What the sender of a data-plane request may do: by its Signature Version 4, or for a publish by a custom authorizer.
 * Rejects with DataPlaneError. docs/aws-iot-core.md §5, §7.
 */
export async function permissionsOf(
  broker: Broker,
  request: AwsRequest,
  http: IncomingMessage,
): Promise<Permissions> {
  if (broker.settings.anonymous) return anonymousPermissions
  const upgrade = readUpgrade(http.url ?? '', http.headers, http.socket.remoteAddress)
  const signed = hasSignedHeader(request.headers) ? verifyHeader : verifyQuery
  if (signed === verifyHeader || hasSignedQuery(request.query)) {
    const verified = judge(await signed(rulesOf(broker), request), http)
    if ('credential' in verified) {
      const { principal, allowed } = verified.credential
      return permissionsFor(broker, { principal, statements: allowed }, upgrade, undefined)
    }
    refused(broker, verified, request.path, upgrade.remoteAddress)
    throw new DataPlaneError('ForbiddenException', `${verified.code}: ${verified.message}`)
  }
  if (request.method !== 'POST' || !request.path.startsWith('/topics/'))
    throw new DataPlaneError(
      'ForbiddenException',
      'a custom authorizer lets publish over HTTP and nothing else: sign with AWS Signature Version 4',
    )
  const asked = await askedByHttp(broker, upgrade, http.socket, randomUUID())
  if (asked.admitted) return permissionsFor(broker, asked.answer, upgrade, undefined)
  refused(broker, asked, request.path, upgrade.remoteAddress)
  throw new DataPlaneError('UnauthorizedException', `${asked.code}: ${asked.message}`)
}

/** The verification, or why it is not enough. */
function judge(verified: Verification, { headers }: IncomingMessage): Verification {
  return 'credential' in verified && isKnownToAll(verified.credential) && isForeignPage(headers)
    ? { code: 'FOREIGN_PAGE', message: foreignPageMessage(headers) }
    : verified
}

function rulesOf({ credentials, settings }: Broker): SignatureRules {
  return { credentials, region: settings.region, now: settings.clock.now() }
}

/**
 * Whether the request says who it is at all. A web page cannot send the `Authorization` header here, since no preflight
 * is answered, and a signed query only by knowing a secret: so no page that a developer visits publishes to this
 * machine's topics, even where signatures are not verified.
 */
function mayAsk({ settings, authorizers }: Broker, { headers, url = '' }: IncomingMessage): boolean {
  // What this broker tells of itself: GET alone, and no other site's page may read the answer.
  if (url.startsWith('/_fanfare/')) return isNamedSafely(headers)
  if (headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) return true
  if (/[?&]X-Amz-Signature=/.test(url)) return !settings.anonymous || headers.origin === undefined
  if (settings.anonymous || authorizers.size === 0) return false
  return (
    settings.defaultAuthorizer !== undefined ||
    headers['x-amz-customauthorizer-name'] !== undefined ||
    url.includes('x-amz-customauthorizer-name=')
  )
}

/** What AWS answers to who does not sign. */
const notSigned: AwsResponse = answerError(
  new DataPlaneError(
    'ForbiddenException',
    'the data plane wants AWS Signature Version 4, as the AWS SDKs and CLI send it, or for a publish a custom authorizer',
  ),
)

function refused(
  broker: Broker,
  { code, message }: Exclude<Verification, { credential: unknown }> | { code: string; message: string },
  path: string,
  address: string | undefined,
): void {
  const { clock, log } = broker.settings
  broker.counters.denials += 1
  const because = `${code}: ${message}`
  broker.denials.add(
    { principal: 'unknown', action: 'authenticate', resource: path, because, statement: undefined },
    undefined,
    clock.now(),
  )
  log({ level: 'warn', message: `not authenticated: ${because}`, path, address })
}
