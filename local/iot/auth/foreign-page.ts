/**
 * Web pages of others: any site that a developer visits may open a WebSocket to this machine or post to it, and knows what
 * everybody knows. What lets in by that alone, `anonymous` and the keys `local`, lets in no page that came from elsewhere. Pure.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { localAccount } from '../../aws.ts'
import type { IamCredential } from './iam-credential.ts'

/** Whether a page sends this that was served neither by this machine nor by the address it speaks to. No program sends an Origin unless it is told to. */
export function isForeignPage({ origin, host = '' }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return false
  if (!URL.canParse(origin)) return true
  const { hostname } = new URL(origin)
  if (isLoopback(hostname)) return false
  // An address cannot be made to lead elsewhere, as a name can.
  return isIP(hostname.replaceAll(/^\[|\]$/g, '')) === 0 || hostname !== hostnameOf(host)
}

/** Whether the request is sent to this machine by its own name or by an address, and not by a name that somebody made lead here. */
export function isNamedSafely({ host = 'localhost' }: IncomingHttpHeaders): boolean {
  const hostname = hostnameOf(host)
  return isLoopback(hostname) || isIP(hostname.replaceAll(/^\[|\]$/g, '')) !== 0
}

/** Whether everybody knows the secret. */
export function isKnownToAll({ secretAccessKey }: IamCredential): boolean {
  return secretAccessKey === localAccount.secretAccessKey
}

/** What to answer to such a page. */
export function foreignPageMessage({ origin }: IncomingHttpHeaders): string {
  return `a page of ${String(origin).slice(0, 100)} is not let in by what every page knows: serve it from localhost, or give the broker an authorizer or credentials of your own`
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^127\.|^\[::1\]$/.test(hostname)
}

function hostnameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}
