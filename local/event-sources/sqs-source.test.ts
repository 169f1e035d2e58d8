import type { SQSEvent } from 'aws-lambda'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { seededChance } from '../chance.ts'
import { noFaults } from '../faults.ts'
import { manualClock, settle } from '../messaging/manual-clock.ts'
import { createMessaging } from '../messaging/index.ts'
import type { QueueDefinition } from '../messaging/index.ts'
import { becomesIdle } from './memory-stream.ts'
import { sqsSource } from './sqs-source.ts'
import type { SqsSourceOptions } from './sqs-source.ts'

const deadLetters = 'arn:aws:sqs:eu-west-1:000000000000:dead'

function setUp(
  invoke: (event: SQSEvent, signal: AbortSignal | undefined) => Promise<unknown>,
  options: Partial<SqsSourceOptions> = {},
  definition: Partial<QueueDefinition> = {},
  seed = 1,
) {
  const clock = manualClock()
  const faults = noFaults()
  const chance = seededChance(seed)
  const messaging = createMessaging({ dataFile: ':memory:', clock, chance, faults, log: () => undefined })
  const queue = messaging.createQueue({ name: 'q', ...definition })
  const logged: string[] = []
  const start = () =>
    sqsSource({
      queue,
      clock,
      log: (message) => logged.push(message),
      invoke: (event, { signal } = {}) => invoke(event as SQSEvent, signal),
      ...options,
    })
  return { clock, faults, chance, messaging, queue, logged, start, source: start() }
}

const ok = () => Promise.resolve({ batchItemFailures: [] })
const bodiesOf = (event: SQSEvent): string[] => event.Records.map(({ body }) => body)

test("an event has Lambda's shape, and success deletes the batch", async () => {
  const events: SQSEvent[] = []
  const { queue, source } = setUp((event) => ok().finally(() => events.push(event)))
  const messageId = queue.send('{"a":1}', {
    attributes: { kind: { DataType: 'String', StringValue: 'gift' } },
  })
  await source.idle()
  expect(events).toEqual([
    {
      Records: [
        {
          messageId,
          receiptHandle: expect.any(String),
          body: '{"a":1}',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: '1767225600000',
            SenderId: '000000000000',
            ApproximateFirstReceiveTimestamp: '1767225600000',
          },
          messageAttributes: {
            kind: { stringValue: 'gift', stringListValues: [], binaryListValues: [], dataType: 'String' },
          },
          md5OfMessageAttributes: expect.stringMatching(/^[\da-f]{32}$/),
          md5OfBody: 'bb6cb5c68df4652941caf652a366f2d8',
          eventSource: 'aws:sqs',
          eventSourceARN: queue.arn,
          awsRegion: 'eu-west-1',
        },
      ],
    },
  ])
})

test('a message that arrives at an idle source is handed out in the turn of its commit', async () => {
  let handedOut = false
  const { queue } = setUp(() => {
    handedOut = true
    return ok()
  })
  queue.send('m')
  await queue.committed()
  await Promise.resolve()
  expect(handedOut).toBe(true)
})

test('messages that follow closely gather while a poller is on its way, and a full batch does not wait', async () => {
  const sizes: number[] = []
  const { clock, queue } = setUp((event) => ok().finally(() => sizes.push(event.Records.length)), {
    pollMs: 8,
  })
  const send = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) queue.send('m')
    await settle()
  }
  await send(1)
  await send(2)
  await clock.advance(7)
  await send(3)
  expect(sizes).toEqual([1])
  await clock.advance(1)
  expect(sizes).toEqual([1, 5])
  await send(9)
  expect(sizes).toEqual([1, 5])
  await send(1)
  expect(sizes).toEqual([1, 5, 10])
})

test('a second invocation beside a long one takes what waits too long for it, and what would fill it', async () => {
  const sizes: number[] = []
  const { clock, queue } = setUp(
    (event) => {
      sizes.push(event.Records.length)
      return new Promise(() => undefined)
    },
    { maximumConcurrency: 3, busyPollMs: 50 },
  )
  const send = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) queue.send('m')
    await settle()
  }
  await send(1)
  await send(12)
  await clock.advance(49)
  expect(sizes).toEqual([1])
  await clock.advance(1)
  expect(sizes).toEqual([1, 10])
  await send(28)
  expect(sizes).toEqual([1, 10, 10])
})

test('a failed message is visible again after the visibility time-out, the others of its batch are done', async () => {
  const batches: string[][] = []
  const { queue, clock } = setUp(
    (event) => {
      batches.push(bodiesOf(event))
      const bad = event.Records.find(
        ({ body, attributes }) => body === 'b' && attributes.ApproximateReceiveCount === '1',
      )
      return Promise.resolve({ batchItemFailures: bad ? [{ itemIdentifier: bad.messageId }] : [] })
    },
    { reportBatchItemFailures: true },
    { visibilityTimeoutSeconds: 180 },
  )
  for (const body of ['a', 'b', 'c']) queue.send(body)
  await clock.advance(179_000)
  expect(batches).toEqual([['a', 'b', 'c']])
  await clock.advance(2_000)
  expect(batches).toEqual([['a', 'b', 'c'], ['b']])
})

test('visibilityScale shortens the wait for a retry', async () => {
  let calls = 0
  const { queue, clock } = setUp(
    () => (++calls === 1 ? Promise.reject(new Error('killed')) : ok()),
    { visibilityScale: 0.01 },
    { visibilityTimeoutSeconds: 180 },
  )
  queue.send('m')
  await clock.advance(1_790)
  expect(calls).toBe(1)
  await clock.advance(20)
  expect(calls).toBe(2)
})

test.each([
  ['null identifier', { batchItemFailures: [{ itemIdentifier: null }] }],
  ['empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }],
  ['another key', { batchItemFailures: [{ id: 'x' }] }],
  ['unknown identifier', { batchItemFailures: [{ itemIdentifier: 'x' }] }],
  ['text', 'done'],
])('an answer that is no batch response (%s) fails the whole batch', async (_, answer) => {
  const { queue, logged } = setUp(() => Promise.resolve(answer), { reportBatchItemFailures: true })
  queue.send('a')
  queue.send('b')
  await settle()
  expect(queue.counts()).toEqual({ visible: 0, inFlight: 2, delayed: 0 })
  expect(logged[0]).toMatch(/no batch response/)
})

test.each([[undefined], [null], [{}], [{ batchItemFailures: null }], [{ batchItemFailures: [] }]])(
  'the answer %j means that all succeeded',
  async (answer) => {
    const { queue, source } = setUp(() => Promise.resolve(answer), { reportBatchItemFailures: true })
    queue.send('a')
    await source.idle()
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  },
)

test('no more invocations run at once than allowed, and none is larger than the batch size', async () => {
  let running = 0
  let most = 0
  const sizes: number[] = []
  const { clock, queue, source } = setUp(
    async (event) => {
      running += 1
      most = Math.max(most, running)
      sizes.push(event.Records.length)
      await settle()
      running -= 1
    },
    { maximumConcurrency: 2, batchSize: 10 },
  )
  for (let n = 0; n < 95; n++) queue.send(`m${n}`)
  expect(await becomesIdle(source, () => clock.advance(10), 200)).toBe(true)
  expect(most).toBe(2)
  expect(sizes).toEqual([...Array.from({ length: 9 }, () => 10), 5])
})

test('a batch window waits for a full batch, and no longer than it says', async () => {
  const sizes: number[] = []
  const { queue, clock } = setUp((event) => ok().finally(() => sizes.push(event.Records.length)), {
    batchSize: 20,
    batchWindowSeconds: 5,
  })
  queue.send('m')
  await clock.advance(4_900)
  expect(sizes).toEqual([])
  await clock.advance(200)
  expect(sizes).toEqual([1])
  for (let n = 0; n < 25; n++) queue.send('m')
  await settle()
  expect(sizes).toEqual([1, 20])
  await clock.advance(5_100)
  expect(sizes).toEqual([1, 20, 5])
})

test('a batch stays under the payload limit of an invocation', async () => {
  const sizes: number[] = []
  const { clock, queue, source } = setUp((event) => ok().finally(() => sizes.push(event.Records.length)))
  for (let n = 0; n < 10; n++) queue.send('x'.repeat(1_000_000))
  expect(await becomesIdle(source, () => clock.advance(10), 200)).toBe(true)
  expect(Math.max(...sizes)).toBe(5)
})

test('messages that pass no filter are deleted unseen', async () => {
  const seen: string[] = []
  const { queue, source } = setUp((event) => ok().finally(() => seen.push(...bodiesOf(event))), {
    filterPatterns: [
      { body: { kind: ['gift'], amount: [{ numeric: ['>', 10] }] } },
      { body: [{ prefix: 'plain' }] },
    ],
  })
  for (const body of [
    '{"kind":"gift","amount":11}',
    '{"kind":"gift","amount":9}',
    'plain text',
    'other',
    '[1]',
  ]) {
    queue.send(body)
  }
  await source.idle()
  expect(seen).toEqual(['{"kind":"gift","amount":11}', 'plain text'])
  expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
})

test('a stop waits for what runs, and aborts it when the grace is over', async () => {
  const end = Promise.withResolvers<void>()
  let signal: AbortSignal | undefined
  const { queue, source, clock } = setUp((_, given) => {
    signal = given
    return end.promise
  })
  queue.send('m')
  await settle()
  const stopped = source.stop(1_000)
  queue.send('after the stop')
  await clock.advance(999)
  expect(signal?.aborted).toBe(false)
  await clock.advance(2)
  await stopped
  expect(signal?.aborted).toBe(true)
  expect(queue.counts().visible).toBe(1)
})

test('a batch size over 10 without a window is refused', () => {
  expect(() => setUp(ok, { batchSize: 11 })).toThrow(/batch window/)
})

test('whatever goes wrong, each message is handed over, batches keep their limits, and poison dies alone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.integer(),
        count: fc.integer({ min: 1, max: 60 }),
        poison: fc.nat({ max: 59 }),
        double: fc.constantFrom(0, 0.3, 1),
        delayMs: fc.constantFrom(0, 5_000),
        reorder: fc.boolean(),
        batchSize: fc.integer({ min: 1, max: 10 }),
        maximumConcurrency: fc.integer({ min: 1, max: 4 }),
        restart: fc.boolean(),
      }),
      async ({ seed, count, poison, double, delayMs, reorder, batchSize, maximumConcurrency, restart }) => {
        const handled = new Set<string>()
        const wrong: string[] = []
        const chance = seededChance(seed).fork('handler')
        let running = 0
        const set = setUp(
          async (event) => {
            running += 1
            if (event.Records.length > batchSize) wrong.push(`a batch of ${event.Records.length}`)
            if (running > maximumConcurrency) wrong.push(`${running} at once`)
            await settle()
            running -= 1
            if (chance.happens(0.05)) throw new Error('the worker was killed')
            const failed = event.Records.filter(({ body }) => body === `m${poison}` || chance.happens(0.1))
            for (const record of event.Records) if (!failed.includes(record)) handled.add(record.body)
            return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) }
          },
          { batchSize, maximumConcurrency, reportBatchItemFailures: true },
          {
            visibilityTimeoutSeconds: 30,
            redrive: { deadLetterTargetArn: deadLetters, maxReceiveCount: 12 },
          },
          seed,
        )
        Object.assign(set.faults.messages, { double, delayMs, reorder })
        for (let n = 0; n < count; n++) set.queue.send(`m${n}`)
        let { source } = set
        if (restart) {
          await set.clock.advance(1_000)
          await source.stop()
          source = set.start()
        }
        expect(await becomesIdle(source, () => set.clock.advance(30_000), 100)).toBe(true)
        expect(wrong).toEqual([])
        const dead = new Set(
          set.messaging
            .queue('dead')
            .receive({ max: 1_000 })
            .map(({ body }) => body),
        )
        const good = Array.from({ length: count }, (_, n) => `m${n}`).filter((body) => body !== `m${poison}`)
        expect([...handled].sort()).toEqual(good.sort())
        expect([...dead]).toEqual(poison < count ? [`m${poison}`] : [])
        await source.stop()
        set.messaging.close()
      },
    ),
    { numRuns: 60 },
  )
})

test('fifty thousand messages pass through quickly', { timeout: 20_000 }, async () => {
  let count = 0
  const { queue, source, messaging } = setUp((event) => ok().finally(() => (count += event.Records.length)))
  onTestFinished(() => messaging.close())
  for (let n = 0; n < 50_000; n++) queue.send('{"amount":5}')
  await source.idle()
  expect(count).toBe(50_000)
})
