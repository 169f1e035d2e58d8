import * as v from 'valibot'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { aContext, aRecord } from '../../testing/invocation.ts'
import { defineEvent, makeEvent } from './event.ts'
import { type Consumer, consume, PoisonError, queueHandlerWith, RetryLater } from './queue-handler.ts'

const job = defineEvent({
  type: 'job.wanted',
  source: '/fanfare/job',
  schema: v.object({ name: v.string() }),
})
const bodyOf = (name: string): string =>
  makeEvent(job, { name }, { id: name, time: '2026-01-01T00:00:00.000Z' })
const recordOf = (name: string, body = bodyOf(name)) =>
  aRecord(body, { messageId: name, receiptHandle: name })

let lines: Record<string, unknown>[] = []
beforeEach(() => {
  lines = []
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      lines.push(JSON.parse(String(text)) as Record<string, unknown>)
      return true
    })
  }
})
afterEach(() => {
  vi.restoreAllMocks()
})

function aQueue() {
  const hidden: [string, number][] = []
  const aside: [string, string][] = []
  return {
    hidden,
    aside,
    async hide({ messageId }: { messageId: string }, seconds: number) {
      hidden.push([messageId, seconds])
    },
    async setAside({ messageId }: { messageId: string }, reason: string) {
      aside.push([messageId, reason])
    },
  }
}

async function run(consumers: readonly Consumer[], names: readonly (string | ReturnType<typeof recordOf>)[]) {
  const queue = aQueue()
  const handler = queueHandlerWith(queue, consumers)
  const Records = names.map((each) => (typeof each === 'string' ? recordOf(each) : each))
  const answer = await handler({ Records }, aContext())
  return { ...queue, failed: answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) }
}

it('each message of a batch fares alone', async () => {
  const done: string[] = []
  const consumer = consume(job, async ({ data: { name } }) => {
    if (name === 'poison') throw new PoisonError('its customer is gone')
    if (name === 'later') throw new RetryLater('the CRM is away', 90)
    if (name === 'bug') throw new TypeError('x is undefined')
    done.push(name)
  })
  const outcome = await run(
    [consumer],
    [
      'a',
      'poison',
      'later',
      'b',
      'bug',
      recordOf('text', 'hello'),
      recordOf('unfit', bodyOf('u').replace('"u"}', '1}')),
      'c',
    ],
  )
  expect(done).toEqual(['a', 'b', 'c'])
  expect(outcome.failed.toSorted()).toEqual(['bug', 'later'])
  expect(outcome.hidden).toEqual([['later', 90]])
  expect(Object.fromEntries(outcome.aside)).toEqual({
    poison: 'its customer is gone',
    text: 'the message begins "hello" and is not JSON',
    unfit: expect.stringContaining('does not fit job.wanted: name:') as string,
  })
})

it('a message that nobody consumes is set aside, and the reason says who is here', async () => {
  const outcome = await run(
    [consume(job, async () => {})],
    [recordOf('x', bodyOf('x').replace('job.wanted', 'job.gone'))],
  )
  expect(outcome).toMatchObject({
    failed: [],
    aside: [['x', "nothing here consumes job.gone: this queue's handler knows job.wanted"]],
  })
})

it('a message that cannot be set aside comes again', async () => {
  const queue = { ...aQueue(), setAside: () => Promise.reject(new Error('AccessDenied')) }
  const handler = queueHandlerWith(queue, [consume(job, () => Promise.reject(new PoisonError('no')))])
  expect(await handler({ Records: [recordOf('a')] }, aContext())).toEqual({
    batchItemFailures: [{ itemIdentifier: 'a' }],
  })
})

it('without a delay of its own, a message waits longer each time, with jitter', async () => {
  const waits: number[] = []
  for (const attempt of [1, 2, 4, 8, 100]) {
    const record = recordOf('a')
    record.attributes.ApproximateReceiveCount = String(attempt)
    vi.spyOn(Math, 'random').mockReturnValue(0.999)
    const { hidden } = await run([consume(job, () => Promise.reject(new RetryLater('away')))], [record])
    waits.push(hidden[0]?.[1] ?? -1)
  }
  expect(waits).toEqual([4, 8, 32, 512, 900])
})

it('what takes longer than the function has fails alone, and says so; the others are done', async () => {
  const done: string[] = []
  let aborted = false
  const consumer = consume(job, async ({ data: { name } }, { signal }) => {
    if (name === 'slow') {
      signal.addEventListener('abort', () => (aborted = true))
      await new Promise(() => {})
    }
    done.push(name)
  })
  const handler = queueHandlerWith(aQueue(), [consumer])
  const answer = await handler({ Records: ['a', 'slow', 'b'].map((name) => recordOf(name)) }, aContext(80))
  expect(answer.batchItemFailures).toEqual([{ itemIdentifier: 'slow' }])
  expect(done).toEqual(['a', 'b'])
  expect(aborted).toBe(true)
  expect(lines.map(({ message, underWay }) => [message, underWay])).toContainEqual([
    'the function is about to be ended by its time-out',
    ['job.wanted slow'],
  ])
})

it("every line of a message carries its event's trace", async () => {
  const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, traceId: 'a'.repeat(32) }
  const body = makeEvent(job, { name: 'n' }, { id: 'n', time: '2026-01-01T00:00:00.000Z', trace })
  const seen: string[] = []
  const consumer = consume(job, async (_, { trace: { traceId, traceparent }, log, attempt }) => {
    seen.push(traceId, String(attempt))
    expect(traceparent).not.toBe(trace.traceparent)
    log.warn('said', {})
    throw new Error('no')
  })
  await run([consumer], [recordOf('n', body)])
  expect(seen).toEqual([trace.traceId, '1'])
  expect(lines.map(({ message, correlationId }) => [message, correlationId])).toEqual([
    ['said', trace.traceId],
    ['message failed; its queue brings it again', trace.traceId],
  ])
})

it('at most so many are worked on at once', async () => {
  let now = 0
  let most = 0
  const consumer = consume(job, async () => {
    most = Math.max(most, ++now)
    await new Promise(setImmediate)
    now -= 1
  })
  const handler = queueHandlerWith(aQueue(), [consumer], { concurrency: 2 })
  await handler({ Records: ['a', 'b', 'c', 'd', 'e'].map((name) => recordOf(name)) }, aContext())
  expect(most).toBe(2)
})

it('a message nested as deep as a queue takes is set aside alone', async () => {
  const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`
  const done: string[] = []
  const consumer = consume(job, async ({ data: { name } }) => void done.push(name))
  const { failed, aside } = await run(
    [consumer],
    ['a', recordOf('deep', `{"specversion":${deep}}`), recordOf('list', deep), 'b'],
  )
  expect(done).toEqual(['a', 'b'])
  expect(failed).toEqual([])
  expect(aside.map(([messageId]) => messageId)).toEqual(['deep', 'list'])
})
