import { afterEach, beforeEach, expect, test } from 'vitest'
import * as v from 'valibot'
import { anyone, claim, inbox, signal } from '../../topics/contract/index.ts'
import type { Client } from '../client.ts'
import { systemClock } from '../clock.ts'
import { createMemoryService, type InMemoryService } from '../testing/index.ts'
import { MemoryBrowser } from '../testing/memory-tabs.ts'
import { shareTabs } from './share-tabs.ts'

const ask = signal({
  topic: 'sums/{id}',
  payload: v.array(v.number()),
  reply: v.number(),
  subscribe: anyone,
  publish: anyone,
})
const tasks = inbox({ topic: 'agents/{agentId}/tasks', item: v.string(), subscribe: claim('agentId') })
const [id, agent] = [{ id: 'a' }, { agentId: '7' }]

let service: InMemoryService
let browser: MemoryBrowser
beforeEach(() => {
  service = createMemoryService()
  browser = new MemoryBrowser(systemClock)
})
afterEach(() => service.close())

function open(): Client {
  const { locks, openChannel } = browser.open()
  return service.connect({ connection: shareTabs({ locks, openChannel }) })
}

test('each tab has the answers to its own requests', async () => {
  service.answer(ask, (numbers) => numbers.reduce((sum, number) => sum + number, 0))
  const [leader, other] = [open(), open()]
  await service.settled()
  const answers = [leader.request(ask, id, [1, 2]), other.request(ask, id, [3, 4])]
  expect(await Promise.all(answers)).toEqual([3, 7])
})

test('a request that is denied fails in the tab that asked', async () => {
  open()
  const other = open()
  await service.settled()
  service.deny(ask, id)
  await expect(other.request(ask, id, [1])).rejects.toMatchObject({ code: 'PUBLISH_DENIED' })
})

test('a tab that comes later does not hear a signal that is past', async () => {
  const heard: unknown[] = []
  open().signal(ask, id, { onSignal: (value) => heard.push(['first', value]) })
  await service.settled()
  service.send(ask, id, [1])
  await service.settled()
  open().signal(ask, id, { onSignal: (value) => heard.push(['second', value]) })
  await service.settled()
  service.send(ask, id, [2])
  await service.settled()
  expect(heard).toEqual([
    ['first', [1]],
    ['first', [2]],
    ['second', [2]],
  ])
})

test('what one tab handles is gone in the others', async () => {
  service.push(tasks, agent, 'call', 'write')
  const [one, other] = [open().inbox(tasks, agent), open().inbox(tasks, agent)]
  await service.settled()
  await one.items[0]?.handled()
  await service.settled()
  expect(other.items.map(({ value }) => value)).toEqual(['write'])
  expect(service.unhandled(tasks, agent)).toHaveLength(1)
})
