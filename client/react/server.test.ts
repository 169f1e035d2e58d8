import { createElement as h, type ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { anyone, claim, feed, inbox, state } from '../../topics/contract/index.ts'
import { FanfareProvider, useConnection, useFeed, useInbox, useLiveState } from './index.ts'

const total = state({ topic: 'c/{id}/total', payload: v.number(), subscribe: anyone })
const gifts = feed({ topic: 'c/{id}/gifts', entry: v.string(), subscribe: anyone })
const tasks = inbox({ topic: 'a/{agentId}/tasks', item: v.string(), subscribe: claim('agentId') })

function Page(): ReactNode {
  const { value } = useLiveState(total, { id: 'red' }, { initial: 5 })
  const other = useLiveState(total, { id: 'blue' })
  const { rows } = useFeed(gifts, { id: 'red' })
  const { items, unread } = useInbox(tasks, { agentId: '7' })
  const { state } = useConnection()
  return h('p', null, JSON.stringify([value, other.value ?? null, rows, items, unread ?? null, state]))
}

test('on a server the hooks give what there is at first, and nothing connects', () => {
  const client = (): never => {
    throw new Error('a client was made')
  }
  const html = renderToString(h(FanfareProvider, { client }, h(Page)))
  expect(html.replaceAll('&quot;', '"')).toBe('<p>[5,null,[],[],null,"catching-up"]</p>')
})

test('without a provider they say what is missing', () => {
  expect(() => renderToString(h(Page))).toThrow('FanfareProvider')
})
