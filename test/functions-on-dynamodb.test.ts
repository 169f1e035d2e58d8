/** The functions' adapters on a DynamoDB: conditions, cancellation reasons and queries are those of the real thing. */
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dynamoDbCampaigns } from '../functions/campaigns/dynamodb-campaigns.ts'
import { putCampaign } from '../functions/campaigns/put.ts'
import { dynamoDbAcceptLookups } from '../functions/donations/dynamodb-accept-lookups.ts'
import { dynamoDbLedger } from '../functions/donations/dynamodb-ledger.ts'
import { dynamoDbReceipts } from '../functions/donations/dynamodb-receipts.ts'
import { createLedger } from '../functions/donations/ledger.ts'
import { dynamoDbHistory } from '../functions/live/dynamodb-history.ts'
import { dynamoDbAllTopics, dynamoDbPublishing } from '../functions/live/dynamodb-publishing.ts'
import {
  dynamoDbRecordRevoked,
  dynamoDbRevokedAt,
} from '../functions/platform/session-token/dynamodb-revocations.ts'
import { dynamoDbAddressCounter } from '../functions/platform/dynamodb-address-counter.ts'
import { readEvents, readState } from '../functions/live/history.ts'
import { isPassing } from '../functions/platform/dynamodb.ts'
import { parseServiceTokens } from '../functions/platform/service-tokens.ts'
import { systemTime } from '../functions/platform/time.ts'
import { aDonation } from '../functions/testing/builders.ts'
import { RecordingLog } from '../functions/testing/recording-log.ts'
import { createDynamoDb, type LocalDynamoDb } from '../local/dynamodb/index.ts'
import { clientOf } from '../local/dynamodb/suite/in-process.ts'
import { noFaults } from '../local/faults.ts'
import { contracts, isRecorded } from '../topics/index.ts'

const tables = { donations: 'donations', live: 'live' }
const epochPattern = /^[0-9A-HJKMNP-TV-Z]{26}$/

let db: LocalDynamoDb
const faults = noFaults()

beforeEach(() => {
  faults.tables.conflict = 0
  db = createDynamoDb({ faults })
  const key = (name: string, keyType: string) => ({ AttributeName: name, KeyType: keyType })
  const pk = { AttributeName: 'pk', AttributeType: 'S' }
  for (const TableName of ['donations', 'sessions']) {
    db.createTable({ TableName, AttributeDefinitions: [pk], KeySchema: [key('pk', 'HASH')] })
  }
  db.createTable({
    TableName: 'live',
    AttributeDefinitions: [pk, { AttributeName: 'sk', AttributeType: 'S' }],
    KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
  })
})
afterEach(() => db.close())

const client = () => clientOf(db.service)

async function createCampaign(body: object = { name: 'Telethon', currency: 'USD' }) {
  // printf staff | sha256sum
  const tokens = parseServiceTokens(
    'ann:staff:1562206543da764123c21bd524674f0a8aaf49c8a89744c97352fe677f7e4006',
  )
  return putCampaign(
    { campaignId: 'c1', bearer: 'staff', readBody: () => body },
    { store: dynamoDbCampaigns(client(), tables), time: systemTime, random: Math.random },
    tokens,
  )
}

function aLedger() {
  const log = new RecordingLog()
  const record = createLedger({
    store: dynamoDbLedger(client(), tables),
    time: systemTime,
    random: Math.random,
    log,
    isPassing,
  })
  const give = (ids: readonly number[], changes?: Parameters<typeof aDonation>[1]) =>
    record(
      ids.map((id) => ({ messageId: `m${id}`, donation: aDonation(id, changes) })),
      Date.now() + 20_000,
    )
  return { give, log }
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

const historyPorts = () => ({
  contracts: contracts.filter(isRecorded),
  table: dynamoDbHistory(client(), 'live'),
  verify: () => Promise.resolve(undefined),
})

const readFeed = async (limit = 500) => {
  const { answer } = await readEvents(
    { topic: 'campaigns/c1/donations', after: '0', limit: String(limit) },
    undefined,
    historyPorts(),
  )
  return answer
}

const readTotal = async () =>
  JSON.parse(await readState('campaigns/c1/total', undefined, historyPorts())) as {
    epoch: string
    data: { name: string; total: { value: number }; donations: number }
  }

describe('the functions on DynamoDB', () => {
  it('creates a campaign once, changes it, and lists its topics', async () => {
    expect(await createCampaign()).toMatchObject({ created: true, campaign: { sequence: 1 } })
    expect(await createCampaign({ name: 'B', currency: 'EUR', goal: 5 })).toMatchObject({
      created: false,
      campaign: { name: 'B', sequence: 2, goal: 5, total: { currency: 'EUR' } },
    })
    const topics: string[] = []
    for await (const page of dynamoDbAllTopics(client(), 'live')()) {
      for (const [topic, state] of page) if (state.head) topics.push(topic)
    }
    expect(topics.toSorted()).toEqual(['campaigns/c1/donations', 'campaigns/c1/total'])
    const lookups = dynamoDbAcceptLookups(client(), 'donations')
    expect(await lookups.campaignCurrency('c1')).toBe('EUR')
    expect(await lookups.campaignCurrency('c2')).toBeUndefined()
  })

  it('records donations with two writers at once: the total exact, the feed complete', async () => {
    await createCampaign()
    faults.tables.conflict = 0.2
    const [one, two] = [aLedger(), aLedger()]
    const batches = async (ledger: typeof one, offset: number) => {
      // Each batch repeats half of the one before it, and half of what the other writer has.
      for (let start = 0; start < 100; start += 5) {
        expect(await ledger.give(range(start + offset, start + offset + 9))).toEqual([])
      }
    }
    await Promise.all([batches(one, 0), batches(two, 50)])
    const feed = await readFeed()
    expect(feed).toMatchObject({ head: 155, complete: true, next: null })
    expect(feed.events.map(({ sequence }) => sequence)).toEqual(range(1, 155))
    expect(new Set(feed.events.map(({ entry }) => JSON.stringify(entry))).size).toBe(155)
    const { epoch, data } = await readTotal()
    expect(data).toMatchObject({ total: { value: 155 * 500 }, donations: 155 })
    expect(epoch).toMatch(epochPattern)
    expect([...one.log.lines, ...two.log.lines]).toEqual([])
  })

  it('sees a key with another body, and what does not match, and keeps the total clean of both', async () => {
    await createCampaign()
    await aLedger().give([1])
    const { give, log } = aLedger()
    await give([1, 2], { comment: 'another body' })
    await give([3], { amount: { value: 1, currency: 'EUR' } })
    expect(log.counts).toEqual(
      new Map([
        ['DonationKeyConflict', 1],
        ['DonationUnmatched', 1],
      ]),
    )
    expect((await readTotal()).data.donations).toBe(2)
    const { donationId, hash } = aDonation(1)
    expect(await dynamoDbAcceptLookups(client(), 'donations').recordedHash(donationId)).toBe(hash)
  })

  it('makes new heads, in a new epoch, when they are gone', async () => {
    await createCampaign()
    const { give } = aLedger()
    await give([1])
    const before = await readTotal()
    for (const topic of ['campaigns/c1/total', 'campaigns/c1/donations']) {
      await client().send(
        new DeleteItemCommand({ TableName: 'live', Key: { pk: { S: topic }, sk: { S: 'head' } } }),
      )
    }
    expect(await give([1, 2])).toEqual([])
    const after = await readTotal()
    expect(after.epoch).toMatch(epochPattern)
    expect(after.epoch).not.toBe(before.epoch)
    expect(await readFeed()).toMatchObject({ head: 1, complete: true })
  })

  it('records a full transaction of the longest texts', async () => {
    await createCampaign()
    const comment = '😀\n"'.repeat(250)
    expect(await aLedger().give(range(1, 95), { comment, donor: { name: '"'.repeat(100) } })).toEqual([])
    expect((await readTotal()).data.donations).toBe(95)
  })

  it('reads the log newest first for a message, oldest first in pages', async () => {
    await createCampaign()
    const { give } = aLedger()
    for (let start = 1; start <= 91; start += 10) await give(range(start, start + 9))
    const table = dynamoDbPublishing(client(), 'live')
    const { head } = await table.read('campaigns/c1/donations')
    if (!head) throw new Error('no head')
    const newest: number[] = []
    for await (const [sequence] of table.entries(head, 34)) newest.push(sequence)
    expect(newest).toEqual(range(35, 100).toReversed())
    expect(await readFeed(15)).toMatchObject({ next: 15, complete: true, head: 100 })
    const message = JSON.parse(await readState('campaigns/c1/donations', undefined, historyPorts())) as {
      data: unknown[]
    }
    expect(message.data.length).toBeGreaterThan(20)
  })

  it('notes what was published: never back, and later for the same', async () => {
    const table = dynamoDbPublishing(client(), 'live')
    const epoch = '01JEPOCH000000000000000000'
    const note = async (sequence: number, at: number, other = epoch) => {
      await table.markPublished('t', { epoch: other, sequence, at })
      return (await table.read('t')).published
    }
    expect(await note(2, 1000)).toEqual({ epoch, sequence: 2, at: 1000 })
    expect(await note(1, 2000)).toEqual({ epoch, sequence: 2, at: 1000 })
    expect(await note(2, 900)).toEqual({ epoch, sequence: 2, at: 1000 })
    expect(await note(2, 3000)).toEqual({ epoch, sequence: 2, at: 3000 })
    expect(await note(1, 1, '01JEPOCH000000000000000001')).toMatchObject({ sequence: 1, at: 1 })
  })

  it('never forgets the later of two revocations, in whatever order they are recorded', async () => {
    const record = dynamoDbRecordRevoked(client(), 'sessions')
    const revokedAt = dynamoDbRevokedAt(client(), 'sessions')
    expect([await revokedAt('v1'), await revokedAt(undefined)]).toEqual([undefined, undefined])
    await record('v2', 200)
    await record('v1', 100)
    expect([await revokedAt('v1'), await revokedAt('v2'), await revokedAt(undefined)]).toEqual([
      100, 200, 200,
    ])
    await record('v1', 300)
    await record('v1', 100)
    expect([await revokedAt('v1'), await revokedAt(undefined)]).toEqual([300, 300])
  })

  it('counts sessions, and notes a receipt once and only for a record', async () => {
    const count = dynamoDbAddressCounter(client(), 'sessions')
    expect([await count('a', 1e10), await count('a', 1e10), await count('b', 1e10)]).toEqual([1, 2, 1])
    await createCampaign()
    await aLedger().give([1])
    const receipts = dynamoDbReceipts(client(), 'donations', Date.now)
    const { donationId } = aDonation(1)
    expect(await receipts.isSent(donationId)).toBe(false)
    await receipts.markSent(donationId, 'then')
    await receipts.markSent(donationId, 'later')
    expect(await receipts.isSent(donationId)).toBe(true)
    await receipts.markSent('nobody', 'then')
    expect(await receipts.isSent('nobody')).toBe(false)
    expect(await receipts.campaignName('c1')).toBe('Telethon')
  })
})
