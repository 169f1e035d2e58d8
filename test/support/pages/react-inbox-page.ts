/** An inbox in React on the service in memory, as a component's test has it. */
import { createElement as h, type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import * as v from 'valibot'
import { FanfareProvider, useClient, useInbox } from '../../../client/react/index.ts'
import { createMemoryService } from '../../../client/testing/index.ts'
import { anyone, claim, inbox, signal } from '../../../topics/contract/index.ts'

const tasks = inbox({ topic: 'agents/{agentId}/tasks', item: v.string(), subscribe: claim('agentId') })
const typing = signal({ topic: 'typing', payload: v.string(), subscribe: anyone, publish: anyone })
const agent = { agentId: '7' }
const service = createMemoryService()
Object.assign(globalThis, {
  push: (item: string) => service.push(tasks, agent, item),
  unhandled: () => service.unhandled(tasks, agent).map(({ value }) => value),
  sent: () => service.sent(typing, {}),
})

function Tasks(): ReactNode {
  const { items, unread } = useInbox(tasks, agent)
  const client = useClient()
  const type = (): void => void client().signal(typing, {}).send('somebody types')
  return [
    h('p', { key: 'unread', id: 'unread' }, unread),
    h('button', { key: 'type', id: 'type', onClick: type }, 'type'),
    ...items.map((item) =>
      h('button', { key: item.sequence, className: 'task', onClick: () => void item.handled() }, item.value),
    ),
  ]
}

const root = document.querySelector('#root')
if (root) {
  const provider = h(FanfareProvider, { client: () => service.connect() }, h(Tasks))
  createRoot(root).render(h(StrictMode, null, provider))
}
