import { expect, it } from 'vitest'
import { testAgent, testDesk } from './support/desk.ts'
import { eventually, testStack } from './support/stack.ts'

it('a question reaches the assigned agent with replies and why, and leaves every tab when it was answered', async () => {
  await using stack = await testStack()
  const { site } = stack.urls
  await using desk = await testDesk(site)
  await using ada = await testAgent(site, 'ada')
  await using tab = await testAgent(site, 'ada')
  await using ben = await testAgent(site, 'ben')
  const conversation = desk.desk.open({
    customer: 'Maya',
    text: 'I gave twice by mistake, can I have a refund?',
    adminId: '5011',
  })
  expect(await desk.notify(conversation.body)).toBe(200)
  await eventually(() => expect(ada.items()).toHaveLength(1))
  await eventually(() => expect(tab.items()).toHaveLength(1))
  const [suggestion] = ada.items()
  expect(suggestion).toMatchObject({
    conversationId: conversation.conversationId,
    customer: 'Maya',
    conversation: [{ from: 'customer', text: 'I gave twice by mistake, can I have a refund?' }],
  })
  expect(suggestion?.replies[0]?.why.words).toContain('refund')
  const id = suggestion?.suggestionId ?? ''
  const replyId = suggestion?.replies[0]?.replyId
  expect(await ben.outcome(id, { outcome: 'accepted', replyId })).toMatchObject({ status: 404 })
  expect(await ada.outcome(id, { outcome: 'accepted', replyId })).toMatchObject({ status: 200 })
  expect(await tab.outcome(id, { outcome: 'accepted', replyId })).toMatchObject({ status: 200 })
  expect(await tab.outcome(id, { outcome: 'dismissed' })).toMatchObject({ status: 409 })
  await eventually(() => expect(ada.items()).toEqual([]))
  await eventually(() => expect(tab.items()).toEqual([]))
  expect(ada.unread).toBe(0)
  expect(ben.seen).toEqual([])
})
