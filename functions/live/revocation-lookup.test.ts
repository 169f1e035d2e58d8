import { describe, expect, it } from 'vitest'
import { secondLookMs } from './revocation.ts'
import { createRevocationLookup, nobodyKeptMs } from './revocation-lookup.ts'

/** A table, and what was read of it. */
function aTable() {
  const until = new Map<string | undefined, number>()
  const reads: (string | undefined)[] = []
  const failing = { now: false }
  const isRevoked = createRevocationLookup((principal) => {
    reads.push(principal)
    return failing.now ? Promise.reject(new Error('away')) : Promise.resolve(until.get(principal))
  })
  const revoke = (principal: string, seconds: number) => until.set(principal, seconds).set(undefined, seconds)
  return { reads, failing, isRevoked, revoke }
}

describe('looking up who is revoked', () => {
  it('costs a flood one read a second while nobody is', async () => {
    const { reads, isRevoked } = aTable()
    for (let now = 0; now < 3000; now += 10) expect(await isRevoked(`v${now}`, now)).toBe(false)
    expect(reads).toEqual([undefined, undefined, undefined])
    await Promise.all(Array.from({ length: 100 }, (_, index) => isRevoked(`w${index}`, 5000)))
    expect(reads).toHaveLength(4)
  })

  it('knows of a revocation before connections are ended once more', async () => {
    const { isRevoked, revoke } = aTable()
    expect(await isRevoked('v1', 0)).toBe(false)
    revoke('v1', 86_400)
    expect(nobodyKeptMs).toBeLessThan(secondLookMs)
    expect(await isRevoked('v1', nobodyKeptMs)).toBe(true)
    expect(await isRevoked('v2', nobodyKeptMs)).toBe(false)
  })

  it('lets go when the time is over, though the item is there still', async () => {
    const { isRevoked, revoke } = aTable()
    revoke('v1', 100)
    expect(await isRevoked('v1', 99_999)).toBe(true)
    expect(await isRevoked('v1', 100_000)).toBe(false)
    revoke('v2', 200)
    expect(await isRevoked('v1', 150_000)).toBe(false)
  })

  it('says so when the table is away, and asks again at the next call', async () => {
    const { failing, isRevoked, revoke } = aTable()
    revoke('v1', 100)
    failing.now = true
    await expect(isRevoked('v1', 0)).rejects.toThrow('away')
    await expect(Promise.all([isRevoked('v1', 1), isRevoked('v2', 1)])).rejects.toThrow('away')
    failing.now = false
    expect(await isRevoked('v1', 2)).toBe(true)
  })
})
