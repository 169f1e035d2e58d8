import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CampaignTotal } from '../testing/campaign-total.ts'
import { aDonation } from '../testing/builders.ts'
import { KilledError, MemoryLedger } from '../testing/memory-ledger.ts'
import { RecordingLog } from '../testing/recording-log.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { createLedger, type LedgerMessage } from './ledger.ts'
import { donationsPerTransaction, planTransaction } from './ledger-plan.ts'

function aLedger(seed = 1) {
  const random = seededRandom(seed)
  const tables = new MemoryLedger(random)
  tables.campaigns.set('c1', { name: 'Telethon', currency: 'USD' })
  const time = new VirtualTime()
  const log = new RecordingLog()
  let epochs = 0
  const start = () => {
    const store = tables.connect()
    const record = createLedger({
      store,
      time,
      random,
      log,
      isPassing: (error) => !(error instanceof KilledError),
      newEpoch: () => `01EPOCH${String(++epochs).padStart(19, '0')}`,
    })
    return { store, record: (messages: LedgerMessage[]) => record(messages, time.now() + 20_000) }
  }
  const total = () =>
    JSON.parse(tables.heads.get('campaigns/c1/total')?.value ?? 'null') as CampaignTotal | null
  const feed = () =>
    (tables.segments.get('campaigns/c1/donations') ?? []).flatMap(({ first, entries }) =>
      (JSON.parse(entries) as { value: { donationId: string; comment?: string } }[]).map(
        ({ value: { donationId, comment } }, index) => ({ sequence: first + index, donationId, comment }),
      ),
    )
  return { tables, time, log, start, total, feed, random }
}

const messageOf = (donation: LedgerMessage['donation'], index: number): LedgerMessage => ({
  messageId: `m${index}`,
  donation,
})

describe('ledger', () => {
  it('records a batch in one transaction: donations, feed and total', async () => {
    const { tables, start, total, feed } = aLedger()
    const failed = await start().record([aDonation(1), aDonation(2, { comment: 'go!' })].map(messageOf))
    expect(failed).toEqual([])
    expect(tables.commits).toBe(1)
    expect(total()).toEqual({ name: 'Telethon', total: { value: 1000, currency: 'USD' }, donations: 2 })
    expect(feed().map(({ sequence, comment }) => [sequence, comment])).toEqual([
      [1, undefined],
      [2, 'go!'],
    ])
  })

  it('knows the next heads after its own commit, and most repeats without asking', async () => {
    const { tables, start, total } = aLedger()
    const ledger = start()
    await ledger.record([messageOf(aDonation(1), 1)])
    await ledger.record([messageOf(aDonation(2), 2), messageOf(aDonation(1), 3)])
    expect(tables.commits).toBe(2)
    expect(total()?.donations).toBe(2)
  })

  it('drops a repeat that another instance recorded', async () => {
    const { start, total, feed, log } = aLedger()
    await start().record([messageOf(aDonation(1), 1)])
    expect(await start().record([messageOf(aDonation(1), 2), messageOf(aDonation(2), 3)])).toEqual([])
    expect(total()?.donations).toBe(2)
    expect(feed()).toHaveLength(2)
    expect(log.lines).toEqual([])
  })

  it.each([
    ['in one batch', false],
    ['after another instance recorded it', true],
  ])('drops a key with another body, and says so: %s', async (_, apart) => {
    const { start, total, log } = aLedger()
    const other = aDonation(1, { amount: { value: 999, currency: 'USD' } })
    const messages = [messageOf(aDonation(1), 1), messageOf(other, 2)]
    const failed = apart
      ? [...(await start().record(messages.slice(0, 1))), ...(await start().record(messages.slice(1)))]
      : await start().record(messages)
    expect(failed).toEqual([])
    expect(total()?.total.value).toBe(500)
    expect(log.counts.get('DonationKeyConflict')).toBe(1)
  })

  it('records donations of an unknown campaign or of another currency, and counts them nowhere', async () => {
    const { tables, start, total, feed, log } = aLedger()
    const failed = await start().record(
      [
        aDonation(1, { campaignId: 'nowhere', acceptedAt: '2025-12-31T23:00:00.000Z' }),
        aDonation(2, { amount: { value: 1, currency: 'EUR' } }),
        aDonation(3),
      ].map(messageOf),
    )
    expect(failed).toEqual([])
    expect([...tables.records.values()].map(({ status }) => status).toSorted()).toEqual([
      'counted',
      'unmatched',
      'unmatched',
    ])
    expect(total()?.donations).toBe(1)
    expect(feed()).toHaveLength(1)
    expect(log.counts.get('DonationUnmatched')).toBe(2)
  })

  it('gives donations of an unknown campaign back for an hour, and counts them once it is made', async () => {
    const { tables, start } = aLedger()
    const ledger = start()
    const early = messageOf(aDonation(1, { campaignId: 'c9', acceptedAt: '2025-12-31T23:00:01.000Z' }), 1)
    expect(await ledger.record([early])).toEqual([early])
    expect(tables.records.size).toBe(0)
    tables.campaigns.set('c9', { name: 'Made late', currency: 'USD' })
    expect(await ledger.record([early])).toEqual([])
    expect([...tables.records.values()].map(({ status }) => status)).toEqual(['counted'])
  })

  it('takes a campaign as it is now after its head moved: a changed currency included', async () => {
    const { tables, start, total } = aLedger()
    const ledger = start()
    await ledger.record([])
    await ledger.record([messageOf(aDonation(1), 1)])
    const head = tables.heads.get('campaigns/c1/total')
    if (!head) throw new Error('no head')
    const value = JSON.stringify({ ...total(), total: { value: 0, currency: 'EUR' }, donations: 0 })
    tables.heads.set(head.topic, { ...head, sequence: head.sequence + 1, value })
    await ledger.record([messageOf(aDonation(2), 2)])
    expect([...tables.records.values()].map(({ status }) => status)).toEqual(['counted', 'unmatched'])
  })

  it('gives back what it cannot record in time, and nothing else', async () => {
    const { tables, time, start, log } = aLedger()
    tables.campaigns.set('c2', { name: 'Other', currency: 'USD' })
    tables.faults.busy = 1
    const failed = await time.run(start().record([messageOf(aDonation(1), 1)]))
    expect(failed.map(({ messageId }) => messageId)).toEqual(['m1'])
    expect(log.lines.map(({ message }) => message)).toEqual(['out of time; donations come again'])
  })

  it('gets through beside a writer that never pauses', async () => {
    const { tables, time, start, total } = aLedger()
    const state = { over: false, written: 0 }
    const other = start()
    const busy = async () => {
      while (!state.over) {
        await other.record([messageOf(aDonation(1000 + state.written++), 1)])
        await time.sleep(1)
      }
    }
    // A request takes 3 ms there and 3 ms back: each of ours sees the other writer's head go by.
    tables.delay = () => time.sleep(3)
    const ours = async () => {
      for (let index = 0; index < 50; index++) {
        expect(await start().record([messageOf(aDonation(index), index)])).toEqual([])
      }
      state.over = true
    }
    const before = time.now()
    await time.run(Promise.all([busy(), ours()]))
    expect(total()?.donations).toBe(50 + state.written)
    expect((time.now() - before) / 50).toBeLessThan(1000)
  })

  it('splits a large batch into transactions AWS takes', async () => {
    const { tables, start, total } = aLedger()
    const donations = Array.from({ length: donationsPerTransaction + 1 }, (_, index) => aDonation(index))
    await start().record(donations.map(messageOf))
    expect(tables.commits).toBe(2)
    expect(total()?.donations).toBe(donations.length)
  })

  it('shortens a comment in the feed, and never halves a character', () => {
    const state = {
      campaign: { name: 'T', currency: 'USD' },
      heads: { total: undefined, donations: undefined },
    }
    const { topics } = planTransaction(
      state,
      [aDonation(1, { comment: `${'x'.repeat(199)}😀${'y'.repeat(9)}` })],
      'now',
    )
    const [entry] = JSON.parse(topics[1]?.segment?.entries ?? '[]') as { value: { comment: string } }[]
    expect(entry?.value.comment).toBe(`${'x'.repeat(199)}…`)
  })

  it('refuses a total beyond exact integers', () => {
    const value = JSON.stringify({
      name: 'T',
      total: { value: Number.MAX_SAFE_INTEGER - 1, currency: 'USD' },
      donations: 1,
    })
    const head = { topic: 'campaigns/c1/total', epoch: 'E', sequence: 1, value, at: 'now', floor: 0 }
    const state = { campaign: undefined, heads: { total: head, donations: undefined } }
    expect(() => planTransaction(state, [aDonation(1)], 'now')).toThrow(/beyond exact integers/)
  })

  it('counts every donation once and shows it once, whatever is doubled, reordered, killed or in the way', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer({ min: 1, max: 2 ** 31 }),
          donations: fc.integer({ min: 1, max: 60 }),
          kill: fc.constantFrom(0, 0.05, 0.3),
          busy: fc.constantFrom(0, 0.1, 0.3),
          conflict: fc.constantFrom(0, 0.3),
          reread: fc.constantFrom(0, 1),
          writers: fc.integer({ min: 1, max: 3 }),
        }),
        async ({ seed, donations: count, kill, busy, conflict, reread, writers }) => {
          const { tables, time, start, total, feed, random } = aLedger(seed)
          Object.assign(tables.faults, { kill, busy, conflict, reread })
          const donations = Array.from({ length: count }, (_, index) =>
            aDonation(index, { amount: { value: 1 + index, currency: 'USD' } }),
          )
          let queue = donations.flatMap((donation, index) =>
            random() < 0.5
              ? [messageOf(donation, index)]
              : [messageOf(donation, index), messageOf(donation, index + 1000)],
          )
          const instances = Array.from({ length: writers }, start)
          for (let round = 0; queue.length > 0; round++) {
            // Nothing may stay for ever: after a while AWS behaves.
            if (round > 200) Object.assign(tables.faults, { kill: 0, busy: 0, conflict: 0 })
            queue.sort(() => random() - 0.5)
            const batches = instances.map((_, index) => queue.slice(index * 10, index * 10 + 10))
            const left = await time.run(
              Promise.all(
                batches.map(async (batch, index) => {
                  const instance = instances[index]
                  if (!instance) return batch
                  const failed = await instance.record(batch)
                  if (!instance.store.dead) return failed
                  // Killed: its answer never reached the queue, which hands out the whole batch again.
                  instances[index] = start()
                  return batch
                }),
              ),
            )
            queue = [...queue.slice(writers * 10), ...left.flat()]
          }
          const sum = donations.reduce((value, { amount }) => value + amount.value, 0)
          expect(total()).toMatchObject({ total: { value: sum }, donations: count })
          expect(feed().map(({ sequence }) => sequence)).toEqual(donations.map((_, index) => index + 1))
          expect(new Set(feed().map(({ donationId }) => donationId)).size).toBe(count)
          expect(tables.heads.get('campaigns/c1/donations')?.sequence).toBe(count)
        },
      ),
      { numRuns: 150 },
    )
  })
})
