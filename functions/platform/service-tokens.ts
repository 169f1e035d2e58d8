/**
 * Bearer tokens of services and staff. Only their SHA-256 is configured, so that the configuration gives none away.
 *
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto'

export type ServiceRole = 'staff' | 'service'

export interface ServiceToken {
  /** Who it is: the scope of its idempotency keys, and its name in logs. */
  readonly name: string
  readonly role: ServiceRole
  /** 32 bytes. */
  readonly sha256: Buffer
}

/** Reads `name:role:sha256hex,…`. Throws an Error that names the entry at fault. */
export function parseServiceTokens(text: string): readonly ServiceToken[] {
  const names = new Set<string>()
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry, index) => {
      // The entry itself stays out of the message: who pasted a token instead of its hash would find it in the log.
      const [, name, role, hex] = /^([A-Za-z0-9_-]{1,64}):(staff|service):([0-9a-f]{64})$/i.exec(entry) ?? []
      if (name === undefined || role === undefined || hex === undefined) {
        throw new Error(
          `has an unfit entry ${index + 1}: write name:role:sha256hex, the role staff or service`,
        )
      }
      if (names.has(name)) throw new Error(`names ${name} twice: give each token a name of its own`)
      names.add(name)
      return { name, role: role.toLowerCase() as ServiceRole, sha256: Buffer.from(hex, 'hex') }
    })
}

/** Whose bearer token this is, or undefined. Takes the same time wherever tokens differ. */
export function findServiceToken(tokens: readonly ServiceToken[], bearer: string): ServiceToken | undefined {
  const sha256 = createHash('sha256').update(bearer).digest()
  let found: ServiceToken | undefined
  for (const token of tokens) if (timingSafeEqual(token.sha256, sha256)) found = token
  return found
}
