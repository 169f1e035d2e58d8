import * as v from 'valibot'
import { expect, it } from 'vitest'
import { RecordingLog } from '../../testing/recording-log.ts'
import type { Item } from '../dynamodb.ts'
import { defineEvent, makeEvent } from './event.ts'
import { onceItem } from './once.ts'
import { outboxItem, outboxMessage, type QueueMessage, readOutboxItem } from './outbox.ts'
import { relay, type RelayPorts, type RelayRecord } from './relay.ts'

const told = defineEvent({ type: 'story.told', source: '/fanfare/story', schema: v.object({}) })
const now = Date.UTC(2026, 0, 1)
const eventOf = (id: string): string => makeEvent(told, {}, { id, time: '2026-01-01T00:00:00.000Z' })

/** As the stream hands on what a transaction put. */
function recordOf(item: ReturnType<typeof outboxItem>): RelayRecord {
  const put: Item = item.Put?.Item ?? {}
  const outgoing = readOutboxItem(put)
  if (!outgoing) throw new Error('no item of an outbox')
  return { recordId: put['pk']?.S ?? '', outgoing }
}

function ports(fail: (text: string) => Error | undefined = () => undefined) {
  const published: [string, string][] = []
  const sent: QueueMessage[] = []
  const aside: string[] = []
  const log = new RecordingLog()
  const made: RelayPorts = {
    log,
    async publish(event, type) {
      const error = fail(event)
      if (error) throw error
      published.push([event, type])
    },
    async send(message) {
      const error = fail(message.body)
      if (error) throw error
      sent.push(message)
    },
    async setAside({ problem }) {
      aside.push(problem)
    },
  }
  return { ...made, log, published, sent, aside }
}

it('an event goes to the topic with its type, a message to its queue at its time; both expire', async () => {
  const outside = ports()
  const message = { queueUrl: 'https://sqs/q', body: eventOf('b'), notBefore: now + 5_000 }
  const items = [outboxItem(eventOf('a'), 't', now), outboxMessage(message, 't', now)]
  expect(await relay(items.map(recordOf), outside)).toEqual([])
  expect(outside.published).toEqual([[eventOf('a'), 'story.told']])
  expect(outside.sent).toEqual([message])
  expect(items.map(({ Put }) => [Put?.Item?.['pk']?.S, Put?.Item?.['expiresAt']?.N])).toEqual([
    ['event#story.told#a', String(now / 1000 + 2 * 86_400)],
    ['event#story.told#b', String(now / 1000 + 2 * 86_400)],
  ])
  expect(readOutboxItem(onceItem('t', 'mail', 'a', now).Put?.Item ?? {})).toBeUndefined()
})

it('what is refused for good is set aside; what may pass comes again, alone', async () => {
  const outside = ports((text) => {
    if (text.includes('"bad"'))
      return Object.assign(new Error('too long'), { name: 'InvalidParameterException' })
    if (text.includes('"denied"'))
      return Object.assign(new Error('no'), { name: 'AuthorizationErrorException' })
    if (text.includes('"away"')) return new Error('ECONNREFUSED')
    return undefined
  })
  const records = ['a', 'bad', 'denied', 'away', 'b'].map((id) => recordOf(outboxItem(eventOf(id), 't', now)))
  expect((await relay(records, outside)).toSorted()).toEqual([
    'event#story.told#away',
    'event#story.told#denied',
  ])
  expect(outside.published.map(([event]) => event)).toEqual([eventOf('a'), eventOf('b')])
  expect(outside.aside).toEqual(['InvalidParameterException: too long'])
  expect(outside.log.lines.map(({ message }) => message).toSorted()).toEqual([
    'event can never be sent and is set aside',
    'event not sent; its record comes again',
    'event not sent; its record comes again',
  ])
})
