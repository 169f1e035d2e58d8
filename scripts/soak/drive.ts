/**
 * One run of the real stack under faults drawn from a seed: donors who post twice, kills, outages, viewers cut off,
 * restarts on the same data; then whether every promise held.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AwsServiceName } from '../../local/aws.ts'
import { type Chance, seededChance } from '../../local/chance.ts'
import { type Faults, noFaults } from '../../local/faults.ts'
import { donateSurely, eventually, testStack, type TestStack } from '../../test/support/stack.ts'
import { accountedFor, testViewer, type TestViewer } from '../../test/support/viewer.ts'

/** Rounds of donations in a run; the faults are drawn anew for each. */
const rounds = 3

/** Donors at once, and donations of each in a round. */
const donors = { atOnce: 6, donations: 20 } as const

const services: readonly AwsServiceName[] = ['dynamodb', 'sns', 'sqs', 'iot-data', 'sesv2']

const failureQueues = ['ledger-dlq', 'quiet-dlq', 'receipt-failures', 'broadcast-failures']

/** Amounts sent, by campaign. */
type Sent = ReadonlyMap<string, number[]>

/** What happened in a run, for the line that tells of it. Throws when a promise was broken, saying which. */
export async function soak(seed: number): Promise<string> {
  const chance = seededChance(seed).fork('soak')
  const faults = noFaults()
  faults.streams = {
    shards: 1 + Math.floor(chance.next() * 3),
    scatter: chance.happens(0.5),
    earlyClose: upTo(chance, 0.9),
    repeat: upTo(chance, 0.6),
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-soak-'))
  let stack = await testStack({ seed, faults, dataDir })
  const campaigns = ['a', 'b', 'c'].slice(0, 1 + Math.floor(chance.next() * 3))
  for (const campaignId of campaigns) await stack.campaign(campaignId)
  const sent = new Map(campaigns.map((campaignId) => [campaignId, [] as number[]]))
  let viewer = testViewer(stack.urls.site, 'a')
  const told: string[] = []
  let kills = 0
  try {
    for (let round = 0; round < rounds; round++) {
      drawFaults(chance, faults)
      const giving = give(stack, sent, round)
      const outage = chance.happens(0.6) ? services[Math.floor(chance.next() * services.length)] : undefined
      if (outage) await awayFor(faults, outage, 500 + chance.next() * 2500)
      if (chance.happens(0.5)) for (const { clientId } of stack.iot.connections()) stack.iot.kick(clientId)
      await giving
      told.push(outage === undefined ? 'no outage' : `${outage} away`)
      if (round === rounds - 1 || !chance.happens(0.4)) continue
      kills += stack.host.stats().kills
      await viewer.close()
      await stack.stop()
      stack = await testStack({ seed: seed + round + 1, faults, dataDir })
      viewer = testViewer(stack.urls.site, 'a')
      told.push('restart')
    }
    await expectKept(stack, viewer, sent)
    Object.assign(faults, { ...noFaults(), streams: faults.streams })
    await stack.idle()
    expectNothingSetAside(stack)
    return `${told.join(', ')}; ${kills + stack.host.stats().kills} kills`
  } finally {
    await viewer.close()
    await stack.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Nothing, or up to so much. */
function upTo(chance: Chance, most: number): number {
  return chance.happens(0.6) ? chance.next() * most : 0
}

function drawFaults(chance: Chance, faults: Faults): void {
  const some = (most: number): number => upTo(chance, most)
  Object.assign(faults.messages, {
    double: some(1),
    delayMs: some(200),
    reorder: chance.happens(0.5),
    throttle: some(0.5),
  })
  Object.assign(faults.tables, { conflict: some(0.4), throttle: some(0.2) })
  Object.assign(faults.iot, {
    double: some(0.6),
    drop: some(0.4),
    delayMs: some(200),
    subackPauseMs: some(200),
    throttleRetained: some(0.4),
    forgetRetained: some(0.4),
  })
  Object.assign(faults.workers, { kill: some(0.06), killAt: 'either' })
}

async function awayFor(faults: Faults, service: AwsServiceName, ms: number): Promise<void> {
  faults.outages.add(service)
  await new Promise((resolve) => setTimeout(resolve, ms))
  faults.outages.delete(service)
}

/** A round of donations, each posted twice at once under one key. */
async function give(stack: TestStack, sent: Sent, round: number): Promise<void> {
  const campaigns = [...sent.keys()]
  const donor = async (_: unknown, index: number): Promise<void> => {
    for (let count = 0; count < donors.donations; count++) {
      const number = (round * donors.atOnce + index) * donors.donations + count
      const campaignId = campaigns[number % campaigns.length] ?? ''
      const amount = { value: 100 + number, currency: 'USD' }
      const donation = { campaignId, amount, donor: { email: `donor${number}@example.org` } }
      const ids = await Promise.all([1, 2].map(() => donateSurely(stack, donation, `soak-${number}`)))
      if (ids[0] !== ids[1]) throw new Error(`one key gave the donations ${ids.join(' and ')}`)
      sent.get(campaignId)?.push(amount.value)
    }
  }
  await Promise.all(Array.from({ length: donors.atOnce }, donor))
}

const sum = (amounts: readonly number[]): number => amounts.reduce((total, value) => total + value, 0)

function expectEqual(what: string, seen: unknown, wanted: unknown): void {
  if (JSON.stringify(seen) === JSON.stringify(wanted)) return
  throw new Error(`${what} is ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`)
}

/** The totals are exact, the feeds whole, and a viewer saw or was told of all of it. */
async function expectKept(stack: TestStack, viewer: TestViewer, sent: Sent): Promise<void> {
  for (const [campaignId, amounts] of sent) {
    const wanted = { value: sum(amounts), donations: amounts.length }
    await eventually(async () => {
      const { value, donations } = await stack.figures(campaignId)
      expectEqual(`the total of ${campaignId}`, { value, donations }, wanted)
    }, 60_000)
    const feed = await eventually(() => stack.feed(campaignId), 20_000)
    const ids = new Set(feed.map(({ entry }) => entry.value.donationId))
    expectEqual(`the feed of ${campaignId}`, [feed.length, ids.size], [amounts.length, amounts.length])
    expectEqual(
      `the sum of ${campaignId}'s feed`,
      sum(feed.map(({ entry }) => entry.value.amount.value)),
      wanted.value,
    )
  }
  const amounts = sent.get('a') ?? []
  await eventually(() => {
    expectEqual("the viewer's total", viewer.total, sum(amounts))
    expectEqual("the viewer's feed", accountedFor(viewer.seen).upTo, amounts.length)
  }, 60_000)
}

function expectNothingSetAside(stack: TestStack): void {
  for (const name of failureQueues) {
    const { visible, inFlight, delayed } = stack.messaging.queue(`fanfare-dev-${name}`).counts()
    expectEqual(`the number of messages in ${name}`, visible + inFlight + delayed, 0)
  }
}
