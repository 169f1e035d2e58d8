/**
 * Source addresses. On one machine the whole of 127/8 is its own (on Linux; elsewhere only 127.0.0.1), so that viewers can come
 * from as many addresses as viewers do. To another machine there is only one.
 *
 * @module
 */

import { isIP } from 'node:net'

/** `number` counts within the part; parts (groups, publishers, floods) have addresses of their own. */
export function sourceAddress(
  host: string,
  part: number,
  number: number,
  addresses: number,
): string | undefined {
  if (!isLoopback(host) || addresses <= 1 || process.platform !== 'linux') return undefined
  const at = number % addresses
  // .0 and .255 look like a network's own; each of the parts has 254 × 254 addresses.
  return `127.${(part % 250) + 2}.${(Math.floor(at / 254) % 254) + 1}.${(at % 254) + 1}`
}

/** Whether a host is dialled at one of 127/8: the one kind of address that has others of its own to come from. */
export function isLoopback(host: string): boolean {
  const dialled = hostToDial(host)
  return isIP(dialled) === 4 && dialled.startsWith('127.')
}

/**
 * IPv4 where the machine itself is meant, since its other addresses are of that kind; never what DNS says of a name below
 * `localhost` (RFC 6761 section 6.3). An IPv6 address without the brackets that it has in a URL.
 */
export function hostToDial(host: string): string {
  return host === 'localhost' || host.endsWith('.localhost') ? '127.0.0.1' : host.replace(/^\[|\]$/g, '')
}
