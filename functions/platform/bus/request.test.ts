import * as v from 'valibot'
import { expect, it } from 'vitest'
import { anInvocation, aRecord } from '../../testing/invocation.ts'
import { PayloadTooLargeError } from './event.ts'
import { defineRequest, requestItems } from './request.ts'
import { worker } from './worker.ts'

const text = v.object({ text: v.string() })
const definition = defineRequest({
  type: 'story.ask',
  source: '/fanfare/story',
  request: text,
  reply: text,
  context: v.object({}),
  deadlineSeconds: 60,
})
const now = Date.UTC(2026, 0, 1)
const itemsOf = (length: number) =>
  requestItems(definition, {
    correlationId: 'c1',
    data: { text: 'x'.repeat(length) },
    context: {},
    table: 't',
    workerQueueUrl: 'https://sqs/worker',
    callbackQueueUrl: 'https://sqs/callback',
    now,
  })

it('a request that no queue takes is refused before it is recorded', () => {
  expect(itemsOf(250_000)).toHaveLength(3)
  expect(() => itemsOf(262_000)).toThrow(PayloadTooLargeError)
})

it("a reply that no queue takes is poison, with what to do, and the request's deadline tells the callback", async () => {
  const sent: string[] = []
  const answer = worker(definition, async () => ({ text: 'y'.repeat(262_000) }), {
    async send({ body }) {
      sent.push(body)
    },
    now: () => now,
  })
  const request = itemsOf(1)[1]?.Put?.Item?.['event']?.S ?? ''
  await expect(answer.handle(request, anInvocation(), aRecord(request))).rejects.toThrow(
    'the event story.ask.replied has',
  )
  expect(sent).toEqual([])
})
