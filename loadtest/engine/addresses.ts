/**
 * Source addresses. On one machine the whole of 127/8 is its own (on Linux; elsewhere only 127.0.0.1), so that viewers can come
 * from as many addresses as viewers do. To another machine there is only one.
 *
 * @module
 */

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

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

/** IPv4 where the machine itself is meant, since its other addresses are of that kind. */
export function hostToDial(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host
}
