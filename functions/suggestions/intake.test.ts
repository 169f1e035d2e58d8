import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readEvent } from '../platform/bus/event.ts'
import { PoisonError, RetryLater } from '../platform/bus/queue-errors.ts'
import type { QueueMessage } from '../platform/bus/outbox.ts'
import { traceOf } from '../platform/bus/trace.ts'
import { ProblemError } from '../platform/problem.ts'
import { RecordingLog } from '../testing/recording-log.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import type { Conversation } from './conversation.ts'
import { deferNotices } from './defer-notices.ts'
import { noticeDeferred } from './events.ts'
import { recordDeferred } from './intake.ts'
import type { Notice } from './intercom/notification.ts'
import { signNotification } from './intercom/signature.ts'
import type { NoticeStore, TakenNotice } from './record-notice.ts'
import { takeNotification } from './webhook.ts'

/** What becomes of one request to AWS; killed: the function is no more, and hears of nothing. */
type Fate = 'done' | 'refused' | 'answer lost' | 'killed before' | 'killed after'

const secret = 'a secret'

/** A table and a queue that fare as told, and as they should when nothing is told. */
function aStage(fates: readonly Fate[] = []) {
  const stage = {
    time: new VirtualTime(),
    log: new RecordingLog(),
    fates: [...fates],
    recorded: [] as TakenNotice[],
    conversation: undefined as Conversation | undefined,
    messages: [] as QueueMessage[],
    /** Whether others change the conversation all the time. */
    isMoving: false,
    /** How long the table takes to refuse, ms. */
    slowMs: 0,
    /** Ends the run that is under way, as its end. */
    kill: (): void => undefined,
  }
  async function fare<Result>(work: () => Result): Promise<Result> {
    const fate = stage.fates.shift() ?? 'done'
    if (fate === 'killed before') return killed()
    if (fate === 'refused') {
      await stage.time.sleep(stage.slowMs)
      throw new Error('connect ECONNREFUSED')
    }
    const result = work()
    if (fate === 'killed after') return killed()
    if (fate === 'answer lost') throw new Error('socket hang up')
    return result
  }
  function killed(): Promise<never> {
    stage.kill()
    return new Promise(() => {})
  }
  const store: NoticeStore = {
    read: (_, notificationId) =>
      fare(() => ({
        conversation: stage.conversation,
        isKnown: stage.recorded.some((taken) => taken.notificationId === notificationId),
      })),
    record: (taken) =>
      fare(() => {
        const isKnown = stage.recorded.some(({ notificationId }) => notificationId === taken.notificationId)
        if (
          stage.isMoving ||
          isKnown ||
          taken.conversation.version !== (stage.conversation?.version ?? 0) + 1
        )
          return 'moved'
        stage.recorded.push(taken)
        stage.conversation = taken.conversation
        return 'written'
      }),
  }
  const send = (message: QueueMessage) => fare(() => void stage.messages.push(message))
  const defer = deferNotices('https://sqs/desk-intake', send, () => stage.time.now())
  const ports = { store, time: stage.time, random: () => 0.5, log: stage.log }

  /** Runs a function to its end, its error or its death. */
  async function run<Result>(begin: () => Promise<Result>): Promise<Result | 'killed'> {
    const death = new Promise<'killed'>((resolve) => {
      stage.kill = () => resolve('killed')
    })
    return stage.time.run(Promise.race([begin(), death]))
  }
  return {
    stage,
    post: (body: string, signedWith = secret) => {
      const bytes = Buffer.from(body)
      const webhookPorts = {
        ...ports,
        secrets: async () => [secret],
        defer: (notice: Notice) => defer(notice, traceOf(undefined, Math.random)),
      }
      return run(() =>
        takeNotification({ body: bytes, signature: signNotification(bytes, signedWith) }, webhookPorts),
      )
    },
    consume: (message: QueueMessage, attempt = 1) => {
      const { data } = readEvent(noticeDeferred, message.body)
      return run(() => recordDeferred({ customer: undefined, adminId: undefined, ...data }, attempt, ports))
    },
  }
}

function onlyOf<Value>([value, ...others]: readonly Value[]): Value {
  if (value === undefined || others.length > 0) throw new Error(`there are not one but ${others.length + 1}`)
  return value
}

const second = Date.UTC(2026, 0, 1) / 1000

/** What Intercom tells when the customer writes for the `index`-th time. */
function bodyOf(index: number, parts = [part(index)]): string {
  return JSON.stringify({
    type: 'notification_event',
    id: `notif_${index}`,
    topic: 'conversation.user.replied',
    created_at: second + index,
    data: {
      item: {
        type: 'conversation',
        id: '77',
        updated_at: second + index,
        open: true,
        admin_assignee_id: 5011,
        conversation_parts: { conversation_parts: parts },
      },
    },
  })
}

function part(index: number, body = `words ${index}`) {
  return { id: 100 + index, body, created_at: second + index, author: { type: 'user', name: 'Maya' } }
}

it('what is answered 200 is recorded, and once, whatever fails and whoever is killed', async () => {
  const fate = fc.oneof(
    { weight: 2, arbitrary: fc.constant<Fate>('done') },
    fc.constantFrom<Fate>('refused', 'answer lost', 'killed before', 'killed after'),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { maxLength: 24 }), fc.boolean(), async (fates, newestFirst) => {
      const { stage, post, consume } = aStage(fates)
      const promised = new Set<string>()
      const refusals: unknown[] = []
      const retries: unknown[] = []
      for (const index of [0, 1, 2]) {
        // Intercom tries once more.
        for (let attempt = 1; attempt <= 2 && !promised.has(`notif_${index}`); attempt++) {
          const [answer] = await Promise.allSettled([post(bodyOf(index))])
          if (answer.status === 'fulfilled' && answer.value !== 'killed') promised.add(`notif_${index}`)
          if (answer.status === 'rejected') refusals.push(answer.reason)
        }
      }
      // Each comes again until it is done, and once more.
      const waiting = newestFirst ? stage.messages.toReversed() : [...stage.messages]
      for (const message of [...waiting, ...waiting]) {
        for (let attempt = 1; ; attempt++) {
          const [done] = await Promise.allSettled([consume(message, attempt)])
          if (done.status === 'rejected') retries.push(done.reason)
          else if (done.value !== 'killed') break
        }
      }
      const ids = stage.recorded.map(({ notificationId }) => notificationId)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids).toEqual(expect.arrayContaining([...promised]))
      expect(refusals.filter((error) => !(error instanceof ProblemError && error.status === 503))).toEqual([])
      expect(retries.filter((error) => !(error instanceof RetryLater))).toEqual([])
      // What is known is of the newest of them, in whichever order they were recorded.
      const recorded = ids.toSorted()
      expect(stage.conversation?.moment.at).toBe(
        recorded.length === 0 ? undefined : second + Number(recorded.at(-1)?.slice('notif_'.length)),
      )
      expect((stage.conversation?.messages ?? []).map(({ text }) => text)).toEqual(
        recorded.map((id) => id.replace('notif_', 'words ')),
      )
    }),
    { numRuns: 500 },
  )
})

it('Intercom is told before its patience ends, however slowly the table refuses', async () => {
  for (const fates of [['refused'], ['done', 'refused']] as Fate[][]) {
    const { stage, post } = aStage(fates)
    stage.slowMs = 1_500
    const began = stage.time.now()
    expect(await post(bodyOf(0))).toEqual({ outcome: 'deferred' })
    expect(stage.time.now() - began).toBeLessThanOrEqual(2_500)
    expect(stage.log.counts.get('NotificationsDeferred')).toBe(1)
    expect(JSON.stringify(stage.log.lines)).not.toContain('words')
  }
})

it('a conversation that is never as read is left to the queue', async () => {
  const { stage, post } = aStage()
  stage.isMoving = true
  expect(await post(bodyOf(0))).toEqual({ outcome: 'deferred' })
  expect(stage.messages).toHaveLength(1)
})

it('only what a conversation keeps is in the queue, and it fits one message', async () => {
  const { stage, post, consume } = aStage(['refused'])
  const parts = Array.from({ length: 40 }, (_, index) => part(index, '字'.repeat(2_000)))
  expect(await post(bodyOf(50, parts))).toEqual({ outcome: 'deferred' })
  const message = onlyOf(stage.messages)
  expect(Buffer.byteLength(message.body)).toBeLessThan(32_768)
  await consume(message)
  const direct = aStage()
  await direct.post(bodyOf(50, parts))
  expect(stage.conversation).toEqual(direct.stage.conversation)
})

it('one that waited for longer than its repetition is known is set aside', async () => {
  const { stage, post, consume } = aStage(['refused'])
  await post(bodyOf(0))
  await stage.time.run(stage.time.sleep(8 * 86_400_000))
  const message = onlyOf(stage.messages)
  await expect(consume(message)).rejects.toBeInstanceOf(PoisonError)
})

it('what is forged is never deferred', async () => {
  const { stage, post } = aStage(['refused'])
  await expect(post(bodyOf(0), 'another secret')).rejects.toMatchObject({ status: 401 })
  expect(stage.messages).toEqual([])
})
