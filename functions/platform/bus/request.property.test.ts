import fc from 'fast-check'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { anInvocation, aRecord } from '../../testing/invocation.ts'
import { MemoryTable } from '../../testing/memory-table.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import type { Item } from '../dynamodb.ts'
import { RecordingLog } from '../../testing/recording-log.ts'
import { callback, type Pending } from './callback.ts'
import { outboxItem, type QueueMessage, readOutboxItem } from './outbox.ts'
import { defineEvent, makeEvent, readEnvelope } from './event.ts'
import { relay } from './relay.ts'
import { RetryLater } from './queue-errors.ts'
import { defineRequest, requestItems, requestKey, takeItem } from './request.ts'
import { RequestError, worker } from './worker.ts'

const text = v.object({ text: v.string() })
const definition = defineRequest({
  type: 'story.rank',
  source: '/fanfare/story',
  request: text,
  reply: text,
  context: v.object({ story: v.string() }),
  deadlineSeconds: 30,
})
const told = defineEvent({ type: 'story.told', source: '/fanfare/story', schema: text })

/** Somebody pulled the plug. */
class Killed extends Error {}

/** What becomes of one delivery. */
interface Fate {
  /** Which of the messages under way, as a share of them. */
  readonly which: number
  /** The port call at which the function is killed, and whether that call took effect. Undefined: it is not. */
  readonly kill?: { readonly call: number; readonly effect: boolean } | undefined
  /** It comes once more although it was done. */
  readonly doubled: boolean
  /** How far the clock goes before it, ms. */
  readonly afterMs: number
}

const fate: fc.Arbitrary<Fate> = fc.record({
  which: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  kill: fc.option(fc.record({ call: fc.integer({ min: 0, max: 3 }), effect: fc.boolean() }), {
    nil: undefined,
    freq: 2,
  }),
  doubled: fc.boolean(),
  afterMs: fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 0, max: 1_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 40_000 }) },
  ),
})

const queues = { worker: 'https://sqs/worker', callback: 'https://sqs/callback' }

/** What may be handed out: a stream's record or a queue's message. */
type Delivery = { readonly record: Item } | { readonly message: QueueMessage }

const startsAt = Date.UTC(2026, 0, 1)

/** The three parts around a table and two queues, with nothing but their fates between them. */
function createWorld(requests: readonly { id: string; answer: 'reply' | 'refusal' | 'silence' }[]) {
  let now = startsAt
  let effects = 0
  const underWay = new Set<Delivery>()
  const answers = new Map(requests.map(({ id, answer }) => [id, answer]))
  const table = new MemoryTable((record) => {
    if (readOutboxItem(record)) underWay.add({ record })
  })

  /** The functions of one delivery, and when they are killed. */
  function functionsOf(kill: Fate['kill']) {
    let calls = 0
    /** Every effect on the outside passes here, and may be the last. Others run meanwhile. */
    async function port<Result>(effect: () => Result): Promise<Result> {
      await Promise.resolve()
      const killed = kill && kill.call === calls++
      if (killed && !kill.effect) throw new Killed()
      const result = effect()
      if (killed) throw new Killed()
      return result
    }
    const send = (message: QueueMessage) =>
      port(() => {
        underWay.add({ message })
      })
    const use = async (kind: string, { correlationId, take }: Pending<{ story: string }>) =>
      port(() => {
        const pk = { S: `${kind}#${correlationId}` }
        const head = { id: `${kind}-${correlationId}`, time: '' }
        return table.write([
          take,
          { Put: { TableName: 't', Item: { pk, sk: { S: String(effects++) } } } },
          outboxItem(makeEvent(told, { text: kind }, head), 't', now),
        ])
      })
    const consumers = [
      worker(
        definition,
        async ({ correlationId }) => {
          const answer = answers.get(correlationId)
          if (answer === 'silence') throw new RetryLater('the worker fails each time')
          if (answer === 'refusal') throw new RequestError('no-story', 'there is none')
          return { text: correlationId }
        },
        { send, now: () => now },
      ),
      ...callback(
        definition,
        {
          onReply: (_, pending) => use('reply', pending),
          onDeadline: (pending) => use('deadline', pending),
        },
        {
          requests: {
            read: (id) =>
              port(() => {
                const item = table.read(requestKey(id))
                if (!item) return undefined
                return {
                  context: item['context']?.S ?? '',
                  deadline: Date.parse(item['deadline']?.S ?? ''),
                }
              }),
            take: (id) => takeItem('t', id),
          },
          time: { now: () => now, sleep: () => Promise.resolve() },
          random: seededRandom(1),
        },
      ),
    ]
    const relayPorts = { send, publish: () => port(() => {}), setAside: () => port(() => {}) }
    return { relayPorts, consumers }
  }

  for (const { id } of requests) {
    table.write(
      requestItems(definition, {
        correlationId: id,
        data: { text: id },
        context: { story: id },
        table: 't',
        workerQueueUrl: queues.worker,
        callbackQueueUrl: queues.callback,
        now,
      }),
    )
  }

  /** Hands one delivery to its function. True: it is done. */
  async function handOut(delivery: Delivery, kill: Fate['kill']): Promise<boolean> {
    const { relayPorts, consumers } = functionsOf(kill)
    if ('record' in delivery) {
      const outgoing = readOutboxItem(delivery.record)
      const records = outgoing ? [{ recordId: 'r', outgoing }] : []
      return (await relay(records, { ...relayPorts, log: new RecordingLog() })).length === 0
    }
    const { body, notBefore = 0 } = delivery.message
    // A queue may be two seconds ahead of the callback's clock.
    if (now < notBefore - 2_000) return false
    const { type } = readEnvelope(body)
    try {
      await consumers.find((each) => each.type === type)?.handle(body, anInvocation(), aRecord(body))
      return true
    } catch (error) {
      if (error instanceof Killed || error instanceof RetryLater) return false
      throw error
    }
  }

  return {
    table,
    underWay,
    async step({ which, kill, doubled, afterMs }: Fate): Promise<void> {
      now += afterMs
      const delivery = [...underWay][Math.floor(which * underWay.size)]
      if (!delivery) return
      if ((await handOut(delivery, kill)) && !doubled) underWay.delete(delivery)
    },
  }
}

it('of reply and deadline exactly one takes effect, once, whatever order, doubling, loss or kill', async () => {
  let replies = 0
  let deadlines = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('reply', 'refusal', 'silence'), { minLength: 1, maxLength: 3 }),
      fc.array(fc.array(fate, { minLength: 1, maxLength: 4 }), { maxLength: 25 }),
      async (kinds, turns) => {
        const requests = kinds.map((answer, index) => ({ id: `q${index}`, answer }))
        const world = createWorld(requests)
        // Those of one turn run at once, a step of each at a time.
        for (const fates of turns) await Promise.all(fates.map((each) => world.step(each)))
        // At last everything is handed out in peace.
        for (let turn = 0; world.underWay.size > 0; turn++) {
          expect(turn).toBeLessThan(2_000)
          const { size } = world.underWay
          await world.step({ which: (turn % size) / size, doubled: false, afterMs: 500 })
        }
        const keys = world.table.items.map(({ pk }) => pk?.S ?? '')
        for (const { id } of requests) {
          const effects = keys.filter((key) => key === `reply#${id}` || key === `deadline#${id}`)
          expect(effects).toHaveLength(1)
          expect(world.table.read(requestKey(id))).toBeUndefined()
          // What the effect tells others was told in its transaction.
          expect(keys.filter((key) => key.startsWith('event#') && key.endsWith(`-${id}`))).not.toHaveLength(0)
          if (effects[0]?.startsWith('reply#')) replies += 1
          else deadlines += 1
        }
      },
    ),
    { numRuns: 1_000 },
  )
  // Both ways were gone.
  expect(replies).toBeGreaterThan(100)
  expect(deadlines).toBeGreaterThan(100)
}, 20_000)
