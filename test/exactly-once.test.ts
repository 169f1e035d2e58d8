import { describe, expect, it } from 'vitest'
import { noFaults } from '../local/faults.ts'
import { donateSurely, eventually, testStack, type TestStack } from './support/stack.ts'
import { accountedFor, testViewer } from './support/viewer.ts'

const deadLetters = ['ledger-dlq', 'quiet-dlq', 'receipt-failures', 'broadcast-failures']

function expectNoDeadLetters(stack: TestStack): void {
  for (const name of deadLetters) {
    const { visible, inFlight, delayed } = stack.messaging.queue(`fanfare-dev-${name}`).counts()
    expect(`${name}: ${visible + inFlight + delayed}`).toBe(`${name}: 0`)
  }
}

/** Many donors, each of whom posts three times under one key; the answers agree. */
async function donors(
  stack: TestStack,
  count: number,
  campaigns: readonly string[],
  { atOnce = 8, pauseMs = 0 } = {},
): Promise<Map<string, number[]>> {
  const sent = new Map(campaigns.map((campaignId) => [campaignId, [] as number[]]))
  let next = 0
  const donor = async (): Promise<void> => {
    while (next < count) {
      const index = next++
      const campaignId = campaigns[index % campaigns.length] ?? ''
      const value = 100 + index
      const donation = {
        campaignId,
        amount: { value, currency: 'USD' },
        donor: { email: `donor${index}@example.org` },
      }
      const ids = await Promise.all([1, 2, 3].map(() => donateSurely(stack, donation, `key-${index}`)))
      expect(new Set(ids).size).toBe(1)
      sent.get(campaignId)?.push(value)
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, donor))
  return sent
}

async function expectExact(stack: TestStack, sent: Map<string, number[]>): Promise<void> {
  for (const [campaignId, amounts] of sent) {
    const total = amounts.reduce((sum, value) => sum + value, 0)
    await eventually(async () => {
      expect(await stack.figures(campaignId)).toMatchObject({ value: total, donations: amounts.length })
    }, 40_000)
    const feed = await stack.feed(campaignId)
    expect(feed.map(({ sequence }) => sequence)).toEqual(amounts.map((_, index) => index + 1))
    expect(feed.map(({ entry }) => entry.value.amount.value).toSorted((a, b) => a - b)).toEqual(
      amounts.toSorted((a, b) => a - b),
    )
    expect(new Set(feed.map(({ entry }) => entry.value.donationId)).size).toBe(amounts.length)
  }
}

describe('every donation is counted once and shown once', () => {
  it.each([1, 2, 3])(
    'though everything AWS may do goes wrong, seed %i',
    { timeout: 120_000 },
    async (seed) => {
      const faults = noFaults()
      faults.streams = { shards: 2, scatter: true, earlyClose: 0.5, repeat: 0.3 }
      await using stack = await testStack({ seed, faults })
      const campaigns = ['red-nose', 'blue-moon']
      for (const campaign of campaigns) await stack.campaign(campaign)
      await using viewer = testViewer(stack.urls.site, 'red-nose')
      await eventually(() => expect(viewer.total).toBe(0))

      Object.assign(faults.messages, { double: 1, delayMs: 40, reorder: true, throttle: 0.1 })
      Object.assign(faults.tables, { conflict: 0.1, throttle: 0.02 })
      Object.assign(faults.iot, {
        double: 0.3,
        drop: 0.1,
        delayMs: 30,
        subackPauseMs: 50,
        throttleRetained: 0.1,
        forgetRetained: 0.1,
      })
      Object.assign(faults.workers, {
        kill: 0.01,
        killAt: 'either',
        most: 25,
        only: ['donationsAccept', 'donationsLedger', 'liveBroadcast', 'liveRepair', 'liveHistory'],
      })
      const sent = await donors(stack, 160, campaigns)
      await expectExact(stack, sent)

      const amounts = sent.get('red-nose') ?? []
      const total = amounts.reduce((sum, value) => sum + value, 0)
      // A dropped last message shows when the quiet topic's head is sent once more, some five seconds later.
      await eventually(() => {
        expect(viewer.total).toBe(total)
        expect(accountedFor(viewer.seen).upTo).toBe(amounts.length)
      }, 30_000)
      expect(viewer.totals).toEqual(viewer.totals.toSorted((a, b) => a - b))
      Object.assign(faults, { ...noFaults(), streams: faults.streams })
      await stack.idle()
      expectNoDeadLetters(stack)
      // The receipt's function was not killed, so that each donor has one letter, not two.
      await eventually(() => {
        const to = stack.mail.letters().map((letter) => letter.to[0] ?? '')
        expect(to.toSorted()).toEqual(
          [...Array(160).keys()].map((index) => `donor${index}@example.org`).toSorted(),
        )
      })
    },
  )

  // Each function's requests to AWS in the course of one donation, and each killed before and after it: the awaits
  // where a Lambda may die. Not each comes about each time: an instance that knows a campaign asks for less, and how
  // often broadcast and repair are invoked for one donation is a matter of moments. The last figure is how many of
  // the kills must have happened.
  const awaits: readonly [name: string, requests: number, killsAtLeast: number][] = [
    ['donationsAccept', 3, 4],
    ['donationsLedger', 3, 3],
    ['donationsReceipt', 3, 6],
    ['liveBroadcast', 8, 14],
    ['liveRepair', 4, 2],
  ]
  it.each(awaits)(
    'though %s dies at any of its %i requests, before or after AWS did it',
    { timeout: 120_000 },
    async (name, requests, killsAtLeast) => {
      await using stack = await testStack()
      await stack.campaign('red-nose')
      await using viewer = testViewer(stack.urls.site, 'red-nose')
      await eventually(() => expect(viewer.total).toBe(0))
      const amounts: number[] = []
      let kills = 0
      for (let request = 1; request <= requests; request++) {
        for (const side of ['before', 'after'] as const) {
          const failures = stack.host.stats().functions[name]?.failures ?? 0
          stack.host.killNext(name, { request, side })
          const value = 1000 + amounts.length
          const donation = {
            campaignId: 'red-nose',
            amount: { value, currency: 'USD' },
            donor: { email: 'jo@example.org' },
          }
          await donateSurely(stack, donation, `${name}-${request}-${side}`)
          amounts.push(value)
          await expectExact(stack, new Map([['red-nose', amounts]]))
          const total = amounts.reduce((sum, each) => sum + each, 0)
          await eventually(() => expect(viewer.total).toBe(total), 20_000)
          if (name === 'liveRepair') await stack.idle()
          if ((stack.host.stats().functions[name]?.failures ?? 0) > failures) kills++
        }
      }
      expect(kills).toBeGreaterThanOrEqual(killsAtLeast)
      await stack.idle()
      expect(accountedFor(viewer.seen)).toEqual({ shown: amounts.length, gaps: 0, upTo: amounts.length })
      const letters = stack.mail.letters().length
      // SES knows no exactly-once: a kill between its acceptance and our record of it sends the letter twice, once.
      expect(letters).toBeGreaterThanOrEqual(amounts.length)
      expect(letters).toBeLessThanOrEqual(amounts.length + (name === 'donationsReceipt' ? 2 : 0))
      expectNoDeadLetters(stack)
    },
  )

  it('though a viewer is cut off for 20 s in the middle', { timeout: 60_000 }, async () => {
    await using stack = await testStack()
    await stack.campaign('red-nose')
    await using viewer = testViewer(stack.urls.site, 'red-nose')
    await eventually(() => expect(viewer.total).toBe(0))
    const cutAt = Date.now()
    const cut = setInterval(() => {
      for (const { clientId } of stack.iot.connections()) stack.iot.kick(clientId)
    }, 50)
    // Fewer than the thirty or so a second that a message holds: more would be told as left out.
    const sent = await donors(stack, 60, ['red-nose'], { atOnce: 1, pauseMs: 50 })
    await expectExact(stack, sent)
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, cutAt + 20_000 - Date.now())))
    clearInterval(cut)
    await eventually(
      () => expect(accountedFor(viewer.seen)).toEqual({ shown: 60, gaps: 0, upTo: 60 }),
      20_000,
    )
    expect(viewer.total).toBe((await stack.figures('red-nose')).value)
  })
})
