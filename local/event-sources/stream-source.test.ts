import type { DynamoDBStreamEvent } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededChance } from '../chance.ts'
import { noFaults } from '../faults.ts'
import { createDynamoDb } from '../dynamodb/index.ts'
import { manualClock, settle } from '../messaging/manual-clock.ts'
import { becomesIdle, memoryStream } from './memory-stream.ts'
import { streamSource } from './stream-source.ts'
import type { StreamSourceOptions } from './stream-source.ts'

type Handler = (event: DynamoDBStreamEvent) => Promise<unknown>

function setUp(invoke: Handler, options: Partial<StreamSourceOptions> = {}, shards = 1) {
  const clock = manualClock()
  const faults = noFaults()
  const stream = memoryStream(clock, shards)
  const failures: { requestContext: Record<string, unknown>; DDBStreamBatchInfo: Record<string, unknown> }[] =
    []
  const start = () =>
    streamSource({
      reader: stream,
      name: 'mapping',
      functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:f',
      clock,
      chance: seededChance(1),
      faults,
      log: () => undefined,
      invoke: (event) => invoke(event as DynamoDBStreamEvent),
      onFailure: async (body) => void failures.push(JSON.parse(body) as (typeof failures)[number]),
      ...options,
    })
  return { clock, faults, stream, failures, start }
}

const keysOf = (event: DynamoDBStreamEvent): string[] =>
  event.Records.map(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S ?? '')
const numbersOf = (event: DynamoDBStreamEvent): string[] =>
  event.Records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? '')

describe('reading a stream', () => {
  test('records come in order, in batches, and the checkpoint survives a restart', async () => {
    const batches: string[][] = []
    const { stream, start } = setUp((event) => Promise.resolve(void batches.push(keysOf(event))), {
      batchSize: 2,
    })
    for (const key of ['a', 'b', 'c']) stream.append(key)
    const first = start()
    await first.idle()
    await first.stop()
    stream.append('d')
    await start().idle()
    expect(batches).toEqual([['a', 'b'], ['c'], ['d']])
  })

  test('LATEST begins with what comes after the mapping was made, also when it restarts', async () => {
    const seen: string[] = []
    const { stream, start } = setUp((event) => Promise.resolve(void seen.push(...keysOf(event))), {
      startingPosition: 'LATEST',
    })
    stream.append('old')
    const source = start()
    await source.stop()
    stream.append('new')
    await start().idle()
    expect(seen).toEqual(['new'])
  })

  test('what passes no filter is not handed out, and moves the checkpoint', async () => {
    let calls = 0
    const { stream, start } = setUp(() => Promise.resolve(void calls++), {
      filterPatterns: [
        { eventName: ['INSERT'], dynamodb: { NewImage: { email: { S: [{ exists: true }] } } } },
      ],
    })
    const source = start()
    const { sequenceNumber } = stream.append('a')
    await source.idle()
    expect(calls).toBe(0)
    expect(stream.checkpoint('mapping', 'shardId-0')).toBe(sequenceNumber)
    stream.append('b', { email: { S: 'b@example.org' } })
    await source.idle()
    expect(calls).toBe(1)
  })

  test('a filter on keys takes only what it names', async () => {
    const seen: string[] = []
    const { stream, start } = setUp((event) => Promise.resolve(void seen.push(...keysOf(event))), {
      filterPatterns: [
        { eventName: ['INSERT', 'MODIFY'], dynamodb: { Keys: { pk: { S: [{ prefix: 'head' }] } } } },
      ],
    })
    for (const key of ['head1', 'segment', 'head2']) stream.append(key)
    await start().idle()
    expect(seen).toEqual(['head1', 'head2'])
  })

  test('a batch window gathers records', async () => {
    const sizes: number[] = []
    const { stream, start, clock } = setUp(
      (event) => Promise.resolve(void sizes.push(event.Records.length)),
      {
        batchSize: 3,
        batchWindowSeconds: 2,
      },
    )
    start()
    stream.append('a')
    await clock.advance(1_000)
    stream.append('b')
    await clock.advance(900)
    expect(sizes).toEqual([])
    await clock.advance(200)
    expect(sizes).toEqual([2])
    for (const key of ['c', 'd', 'e']) stream.append(key)
    await settle()
    expect(sizes).toEqual([2, 3])
  })

  test("it reads the local DynamoDB's streams", async () => {
    const clock = manualClock()
    const database = createDynamoDb({ clock })
    database.createTable({
      TableName: 'table',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    })
    const events: DynamoDBStreamEvent[] = []
    const source = streamSource({
      reader: database.stream('table'),
      name: 'm',
      functionArn: 'f',
      clock,
      chance: seededChance(1),
      faults: noFaults(),
      log: () => undefined,
      invoke: (event) => Promise.resolve(void events.push(event as DynamoDBStreamEvent)),
    })
    await database.service({
      method: 'POST',
      path: '/',
      query: {},
      headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' },
      body: Buffer.from(JSON.stringify({ TableName: 'table', Item: { pk: { S: 'k' }, n: { N: '1' } } })),
    })
    await settle()
    await source.idle()
    expect(events[0]?.Records[0]).toMatchObject({
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      dynamodb: { Keys: { pk: { S: 'k' } }, NewImage: { n: { N: '1' } } },
    })
    await source.stop()
    database.close()
  })
})

describe('failures', () => {
  test('a batch is retried, then given up, and the destination is told where its records are', async () => {
    let calls = 0
    const { stream, start, clock, failures } = setUp(
      () => {
        calls += 1
        return Promise.reject(new Error('no'))
      },
      { maximumRetryAttempts: 2, batchSize: 2 },
    )
    for (const key of ['a', 'b', 'c']) stream.append(key)
    start()
    await clock.advance(10_000)
    expect(calls).toBe(6)
    expect(failures).toHaveLength(2)
    expect(failures[0]).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      DDBStreamBatchInfo: {
        shardId: 'shardId-0',
        startSequenceNumber: '00000001',
        endSequenceNumber: '00000002',
        approximateArrivalOfFirstRecord: '2026-01-01T00:00:00Z',
        batchSize: 2,
        streamArn: stream.arn,
      },
    })
    expect(stream.checkpoint('mapping', 'shardId-0')).toBe('00000003')
  })

  test('records that are too old are given up without another try', async () => {
    const seen: string[] = []
    const { stream, start, clock, failures } = setUp(
      (event) => Promise.resolve(void seen.push(...keysOf(event))),
      {
        maximumRecordAgeSeconds: 60,
      },
    )
    stream.append('old')
    await clock.advance(61_000)
    stream.append('new')
    await start().idle()
    expect(seen).toEqual(['new'])
    expect(failures).toMatchObject([
      { requestContext: { condition: 'RecordAgeExceeded', approximateInvokeCount: 0 } },
    ])
  })

  test('bisecting finds the record that fails, and only it is given up', async () => {
    const done: string[] = []
    const { stream, start, clock, failures } = setUp(
      (event) => {
        if (keysOf(event).includes('poison')) return Promise.reject(new Error('no'))
        done.push(...keysOf(event))
        return Promise.resolve()
      },
      { bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 },
    )
    for (const key of ['a', 'b', 'poison', 'c', 'd']) stream.append(key)
    start()
    await clock.advance(10_000)
    expect(done).toEqual(['a', 'b', 'c', 'd'])
    expect(failures).toMatchObject([
      { DDBStreamBatchInfo: { batchSize: 1, startSequenceNumber: '00000003' } },
    ])
  })

  test('a partial response hands out again from the lowest failed record', async () => {
    const batches: string[][] = []
    const { stream, start, clock } = setUp(
      (event) => {
        batches.push(numbersOf(event).map((number) => number.slice(-1)))
        return Promise.resolve(
          batches.length === 1
            ? { batchItemFailures: [{ itemIdentifier: '00000003' }, { itemIdentifier: '00000002' }] }
            : {},
        )
      },
      { reportBatchItemFailures: true },
    )
    for (const key of ['a', 'b', 'c']) stream.append(key)
    start()
    await clock.advance(1_000)
    expect(batches).toEqual([
      ['1', '2', '3'],
      ['2', '3'],
    ])
  })

  test('a stop in the middle of retries keeps the checkpoint before the failing record', async () => {
    const { stream, start, clock } = setUp(
      (event) => (keysOf(event).includes('b') ? Promise.reject(new Error('no')) : Promise.resolve()),
      { batchSize: 1 },
    )
    for (const key of ['a', 'b']) stream.append(key)
    const source = start()
    await clock.advance(350)
    await source.stop()
    expect(stream.checkpoint('mapping', 'shardId-0')).toBe('00000001')
  })

  test('a failing record of one key does not hold another lane', async () => {
    const done: string[] = []
    const keys = Array.from({ length: 8 }, (_, n) => `k${n}`)
    const { stream, start, clock } = setUp(
      (event) => {
        if (keysOf(event).includes('k0')) return Promise.reject(new Error('no'))
        done.push(...keysOf(event))
        return Promise.resolve()
      },
      { parallelizationFactor: 4, batchSize: 1 },
    )
    for (const key of keys) stream.append(key)
    start()
    await clock.advance(1_000)
    expect(done.length).toBeGreaterThan(0)
    expect(stream.checkpoint('mapping', 'shardId-0')).toBeUndefined()
  })
})

describe('under seeded faults', () => {
  test('repeat hands a batch out once more, earlyClose makes batches smaller', async () => {
    const batches: string[][] = []
    const { stream, start, faults } = setUp((event) => Promise.resolve(void batches.push(keysOf(event))))
    faults.streams.repeat = 1
    faults.streams.earlyClose = 1
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) stream.append(key)
    await start().idle()
    expect(batches.length).toBeGreaterThan(2)
    for (let n = 0; n < batches.length; n += 2) expect(batches[n + 1]).toEqual(batches[n])
    expect(batches.filter((_, n) => n % 2 === 0).flat()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  test('each record is handled in the order of its key, batches keep their limits, and poison is given up alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer(),
          records: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 60 }),
          poison: fc.option(fc.nat({ max: 59 }), { nil: undefined }),
          shards: fc.integer({ min: 1, max: 3 }),
          parallelizationFactor: fc.integer({ min: 1, max: 3 }),
          batchSize: fc.integer({ min: 1, max: 20 }),
          reportBatchItemFailures: fc.boolean(),
          earlyClose: fc.constantFrom(0, 0.5),
          repeat: fc.constantFrom(0, 0.3),
          restarts: fc.nat({ max: 3 }),
        }),
        async (plan) => {
          const chance = seededChance(plan.seed).fork('handler')
          const blamed = new Map<string, number>()
          const settled = new Set<string>()
          const byKey = new Map<string, string[]>()
          const poison = new Set<string>()
          const wrong: string[] = []
          const { stream, start, clock, faults, failures } = setUp(
            async (event) => {
              const numbers = numbersOf(event)
              if (numbers.length > plan.batchSize) wrong.push(`a batch of ${numbers.length}`)
              await settle()
              // A failure's blame goes to one record at most three times, so that only poison runs out of retries.
              const first = numbers[0] ?? ''
              const blame = blamed.get(first) ?? 0
              const fails = blame < 3 && chance.happens(0.3)
              if (fails) blamed.set(first, blame + 1)
              const bad = numbers.findIndex((number) => poison.has(number))
              if (bad < 0 && fails) throw new Error('the worker was killed')
              const handled = numbers.slice(0, bad < 0 ? undefined : bad)
              const partial = plan.reportBatchItemFailures || bad < 0
              if (!partial) throw new Error('poison')
              for (const [index, number] of handled.entries()) {
                const key = keysOf(event)[index] ?? ''
                for (const earlier of byKey.get(key) ?? []) {
                  if (earlier >= number) break
                  if (!settled.has(earlier) && !poison.has(earlier)) wrong.push(`${number} before ${earlier}`)
                }
                settled.add(number)
              }
              return bad < 0 ? {} : { batchItemFailures: [{ itemIdentifier: numbers[bad] }] }
            },
            {
              batchSize: plan.batchSize,
              parallelizationFactor: plan.parallelizationFactor,
              reportBatchItemFailures: plan.reportBatchItemFailures,
              bisectBatchOnFunctionError: true,
              maximumRetryAttempts: 8,
            },
            plan.shards,
          )
          Object.assign(faults.streams, { earlyClose: plan.earlyClose, repeat: plan.repeat })
          let source = start()
          const pauses = new Set(Array.from({ length: plan.restarts }, (_, n) => (n + 1) * 10))
          for (const [index, number] of plan.records.entries()) {
            const key = `key${number}`
            const { sequenceNumber } = stream.append(key)
            byKey.set(key, [...(byKey.get(key) ?? []), sequenceNumber])
            if (index === plan.poison) poison.add(sequenceNumber)
            if (!pauses.has(index)) continue
            await clock.advance(50)
            await source.stop()
            source = start()
          }
          expect(await becomesIdle(source, () => clock.advance(10_000), 200)).toBe(true)
          expect(wrong).toEqual([])
          for (const numbers of byKey.values()) {
            for (const number of numbers) expect(settled.has(number)).toBe(!poison.has(number))
          }
          const given = new Set(failures.map(({ DDBStreamBatchInfo: info }) => info['startSequenceNumber']))
          expect(given).toEqual(poison)
          for (const { DDBStreamBatchInfo: info } of failures) expect(info['batchSize']).toBe(1)
          await source.stop()
        },
      ),
      { numRuns: 80 },
    )
  })
})
