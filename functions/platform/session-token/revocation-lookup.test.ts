import { describe, expect, it } from 'vitest'
import { anybodyKeptMs, createRevocationLookup } from './revocation-lookup.ts'

/** A table, and what was read of it. Everything is in seconds. */
function aTable() {
  const revokedAt = new Map<string | undefined, number>()
  const reads: (string | undefined)[] = []
  const failing = { now: false }
  const lookup = createRevocationLookup((principal) => {
    reads.push(principal)
    return failing.now ? Promise.reject(new Error('away')) : Promise.resolve(revokedAt.get(principal))
  })
  const isRevoked = (principal: string, issuedAt: number, now: number) => {
    const claims = { principal, signedIn: true, roles: [], values: {} }
    return lookup({ claims, issuedAt, expiresAt: issuedAt + 3600 }, now * 1000)
  }
  const revoke = (principal: string, at: number) => revokedAt.set(principal, at).set(undefined, at)
  return { reads, failing, isRevoked, revoke }
}

describe('looking up who is revoked', () => {
  it('costs a flood one read a second while nobody is', async () => {
    const { reads, isRevoked } = aTable()
    for (let now = 0; now < 3; now += 0.01) expect(await isRevoked(`v${now}`, 0, now)).toBe(false)
    expect(reads).toEqual([undefined, undefined, undefined])
    await Promise.all(Array.from({ length: 100 }, (_, index) => isRevoked(`w${index}`, 0, 5)))
    expect(reads).toHaveLength(4)
  })

  it('costs those nothing more who came after anybody was revoked last', async () => {
    const { reads, isRevoked, revoke } = aTable()
    revoke('v1', 100)
    expect([await isRevoked('v2', 101, 101), await isRevoked('v3', 100, 101)]).toEqual([false, false])
    expect(reads).toEqual([undefined, 'v3'])
  })

  it('knows of a revocation a second later at the latest', async () => {
    const { isRevoked, revoke } = aTable()
    expect(await isRevoked('v1', 0, 0)).toBe(false)
    revoke('v1', 0)
    expect(await isRevoked('v1', 0, anybodyKeptMs / 1000)).toBe(true)
    expect(await isRevoked('v2', 0, anybodyKeptMs / 1000)).toBe(false)
  })

  it('refuses tokens of the second of the revocation and before, and none that came later', async () => {
    const { isRevoked, revoke } = aTable()
    revoke('v1', 100)
    revoke('v2', 200)
    const answers = [99, 100, 101].map((issuedAt) => isRevoked('v1', issuedAt, 300))
    expect(await Promise.all(answers)).toEqual([true, true, false])
  })

  it('asks anew when the clock went back', async () => {
    const { isRevoked, revoke } = aTable()
    expect(await isRevoked('v1', 0, 1000)).toBe(false)
    revoke('v1', 500)
    expect(await isRevoked('v1', 0, 500)).toBe(true)
  })

  it('says so when the table is away, and asks again at the next call', async () => {
    const { failing, isRevoked, revoke } = aTable()
    revoke('v1', 100)
    failing.now = true
    await expect(isRevoked('v1', 0, 0)).rejects.toThrow('away')
    await expect(Promise.all([isRevoked('v1', 0, 0), isRevoked('v2', 0, 0)])).rejects.toThrow('away')
    failing.now = false
    expect(await isRevoked('v1', 0, 0)).toBe(true)
  })
})
