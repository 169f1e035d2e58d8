import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { connect } from '../client/index.ts'
import { signNotification } from '../functions/suggestions/intercom/signature.ts'
import { developmentIntercomSecret } from '../local/options.ts'
import { agentSearch } from '../topics/agent-search.ts'
import type { SavedReplyFound } from '../topics/schemas/saved-reply.ts'
import { staffEscalations } from '../topics/staff-escalations.ts'
import { testAgent, testDesk } from './support/desk.ts'
import { signInAs } from './support/sign-in.ts'
import { eventually, staff, testStack } from './support/stack.ts'

const fixtures = new URL('../functions/suggestions/fixtures/', import.meta.url)

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

it('forged, late, old and odd notifications are answered properly, and do nothing', async () => {
  await using stack = await testStack()
  const { site } = stack.urls
  await using desk = await testDesk(site)
  const post = async (body: string | Buffer, signature?: string): Promise<number> => {
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (signature !== undefined) headers['x-hub-signature'] = signature
    const answer = await fetch(`${site}/webhooks/intercom`, {
      method: 'POST',
      headers,
      body: new Uint8Array(Buffer.from(body)),
    })
    await answer.text()
    return answer.status
  }
  const signed = (body: string | Buffer, secret = developmentIntercomSecret): Promise<number> =>
    post(body, signNotification(Buffer.from(body), secret))
  const opened = desk.desk.open({ customer: 'Eve', text: 'refund', adminId: '5011' })

  expect(await post(opened.body)).toBe(401)
  expect(await signed(opened.body, 'another secret')).toBe(401)
  expect(
    await post(`${opened.body} `, signNotification(Buffer.from(opened.body), developmentIntercomSecret)),
  ).toBe(401)
  expect(await signed(`{"padding":"${'x'.repeat(1_000_000)}"}`)).toBe(413)
  expect(await signed('no JSON')).toBe(400)
  expect(await signed('{"type":"notification_event"}')).toBe(400)
  expect(await signed(opened.body.replace('conversation.user.created', 'conversation.rating.added'))).toBe(
    200,
  )
  expect(await signed(readFileSync(new URL('ping.json', fixtures), 'utf8'))).toBe(200)
  // A real notification of months ago, caught and played again.
  expect(await signed(readFileSync(new URL('conversation.user.created.json', fixtures), 'utf8'))).toBe(400)
  expect((await fetch(`${site}/webhooks/intercom`, { method: 'HEAD' })).status).toBe(200)
  expect(stack.host.stats().functions['deskSuggest']?.invocations).toBe(0)

  await using ada = await testAgent(site, 'ada')
  expect(await signed(opened.body)).toBe(200)
  await eventually(() => expect(ada.items()).toHaveLength(1))
  const suggestions = stack.host.stats().functions['deskOffer']?.invocations
  expect(await signed(opened.body)).toBe(200)
  // Late: of before its closing, which came first.
  const late = opened.reply('hello?')
  expect(await signed(opened.close())).toBe(200)
  await eventually(() => expect(ada.items()).toEqual([]))
  expect(await signed(late)).toBe(200)
  await eventually(() =>
    expect(stack.host.stats().functions['deskOffer']?.invocations).toBeGreaterThan(suggestions ?? 0),
  )
  expect(ada.items()).toEqual([])
  expect(ada.seen).toHaveLength(1)
})

it('what nobody of ours has, and what nobody handles in time, is told to the escalations', async () => {
  await using stack = await testStack({ env: { ESCALATION_SECONDS: '2' } })
  const { site } = stack.urls
  await using desk = await testDesk(site)
  await using ada = await testAgent(site, 'ada')
  const { session } = await signInAs(site, 'sam')
  const sam = connect({ api: site, session: async () => session })
  const told: string[] = []
  const feed = sam.feed(staffEscalations, {}, { last: 100 })
  const reading = (async () => {
    for await (const event of feed) {
      if (event.kind === 'entry') told.push(`${event.value.reason} ${event.value.conversationId}`)
      if (event.kind === 'retract') told.push('retraction')
    }
  })()
  try {
    const unknown = desk.desk.open({ customer: 'A', text: 'refund', adminId: '9999' })
    await desk.notify(unknown.body)
    await eventually(() => expect(told).toEqual([`unknown-agent ${unknown.conversationId}`]))
    await desk.notify(unknown.assign('5011'))
    await eventually(() => expect(ada.items()).toHaveLength(1))
    await eventually(() => expect(told.at(-1)).toBe('retraction'))
    await eventually(() => expect(told.at(-1)).toBe(`not-handled ${unknown.conversationId}`))
    await eventually(() => expect(ada.items()).toEqual([]))
    expect(
      await ada.outcome(ada.seen[0]?.suggestion.suggestionId ?? '', { outcome: 'dismissed' }),
    ).toMatchObject({ status: 409, body: { detail: expect.stringContaining('escalated') as unknown } })

    const nobodys = desk.desk.open({ customer: 'B', text: 'qqqq wwww' })
    await desk.notify(nobodys.body)
    await eventually(() => expect(told.at(-1)).toBe(`unassigned ${nobodys.conversationId}`))
    const answered = desk.desk.open({ customer: 'C', text: 'refund', adminId: '5011' })
    await desk.notify(answered.body)
    await eventually(() => expect(ada.items()).toHaveLength(1))
    await desk.notify(answered.agentReply('Of course'))
    await eventually(() => expect(ada.items()).toEqual([]))
    // Whose time is over later is told, so this one's is over as well.
    const later = desk.desk.open({ customer: 'D', text: 'refund' })
    await desk.notify(later.body)
    await eventually(() => expect(told.at(-1)).toBe(`unassigned ${later.conversationId}`))
    expect(told.filter((line) => line.includes(answered.conversationId))).toEqual([])
  } finally {
    sam.close()
    await reading
  }
})

it('what agents take and dismiss is counted once, and ranks what is suggested and found next', async () => {
  await using stack = await testStack()
  const { site } = stack.urls
  await using desk = await testDesk(site)
  await using ada = await testAgent(site, 'ada')
  const search = async (query: string): Promise<readonly SavedReplyFound[]> =>
    (await ada.client.request(agentSearch, { agentId: 'ada' }, { query })).replies
  const before = await search('receipt')
  expect(before.length).toBeGreaterThan(1)
  const [first, second] = before
  for (let times = 0; times < 12; times++) {
    await desk.notify(desk.desk.open({ customer: 'A', text: 'receipt', adminId: '5011' }).body)
    await eventually(() => expect(ada.items()).toHaveLength(1))
    const suggestionId = ada.items()[0]?.suggestionId ?? ''
    const statuses = await Promise.all([
      ada.outcome(suggestionId, { outcome: 'accepted', replyId: second?.replyId }),
      ada.outcome(suggestionId, { outcome: 'accepted', replyId: second?.replyId }),
    ])
    expect(statuses.map(({ status }) => status)).toEqual([200, 200])
    await eventually(() => expect(ada.items()).toEqual([]))
  }
  await eventually(async () => {
    const [best] = await search('receipt')
    expect(best).toMatchObject({ replyId: second?.replyId, why: { taken: 12, dismissed: 0 } })
  })
  // A reply that is taken out is found no more, and one that is put is.
  const text = JSON.stringify({ title: 'Zebras', text: 'We keep zebras.', keywords: ['zebra'] })
  expect((await fetch(`${site}/replies/zebras`, { method: 'PUT', headers: staff, body: text })).status).toBe(
    201,
  )
  const path = `${site}/replies/${first?.replyId}`
  expect((await fetch(path, { method: 'DELETE', headers: staff })).status).toBe(200)
  expect((await fetch(path, { method: 'DELETE', headers: staff })).status).toBe(404)
  expect((await fetch(`${site}/replies`)).status).toBe(401)
  await eventually(async () => {
    expect((await search('zebra')).map(({ replyId }) => replyId)).toEqual(['zebras'])
    expect((await search('receipt')).map(({ replyId }) => replyId)).not.toContain(first?.replyId)
  })
})

it('a reply that the agent found counts as taken, and those that were suggested as dismissed', async () => {
  await using stack = await testStack()
  const { site } = stack.urls
  await using desk = await testDesk(site)
  await using ada = await testAgent(site, 'ada')
  const zebras = JSON.stringify({ title: 'Zebras', text: 'We keep zebras.', keywords: ['zebra'] })
  await fetch(`${site}/replies/zebras`, { method: 'PUT', headers: staff, body: zebras })
  const [found] = (await ada.client.request(agentSearch, { agentId: 'ada' }, { query: 'zebra' })).replies
  const replyId = found?.replyId
  expect(replyId).toBe('zebras')
  const wanted = new Map([['zebras', { taken: 0, dismissed: 0 }]])
  for (const outcome of [
    { outcome: 'accepted', replyId },
    { outcome: 'edited', replyId, text: 'We keep two.' },
  ]) {
    await desk.notify(desk.desk.open({ customer: 'A', text: 'A receipt, please', adminId: '5011' }).body)
    await eventually(() => expect(ada.items()).toHaveLength(1))
    const [suggestion] = ada.items()
    const id = suggestion?.suggestionId ?? ''
    const suggested = suggestion?.replies.map((reply) => reply.replyId) ?? []
    expect(suggested).not.toContain('zebras')
    for (const unknown of ['unicorns', ''])
      expect(await ada.outcome(id, { ...outcome, replyId: unknown })).toMatchObject({
        status: 400,
        body: { detail: expect.stringContaining(JSON.stringify(unknown)) as unknown },
      })
    const answers = await Promise.all([ada.outcome(id, outcome), ada.outcome(id, outcome)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(await ada.outcome(id, { outcome: 'accepted', replyId: suggested[0] })).toMatchObject({
      status: 409,
    })
    await eventually(() => expect(ada.items()).toEqual([]))
    for (const name of ['zebras', ...suggested]) {
      const { taken, dismissed } = wanted.get(name) ?? { taken: 0, dismissed: 0 }
      const isTaken = name === 'zebras'
      wanted.set(name, { taken: taken + Number(isTaken), dismissed: dismissed + Number(!isTaken) })
    }
  }
  await eventually(async () => {
    const answer = await fetch(`${site}/replies`, { headers: staff })
    const { replies } = (await answer.json()) as {
      replies: { replyId: string; taken: number; dismissed: number }[]
    }
    const judged = replies.filter(({ taken, dismissed }) => taken + dismissed > 0)
    expect(
      new Map(judged.map(({ replyId: name, taken, dismissed }) => [name, { taken, dismissed }])),
    ).toEqual(wanted)
  })
})

it('a thousand conversations at once come to their agents, each once', { timeout: 90_000 }, async () => {
  await using stack = await testStack()
  const { site } = stack.urls
  await using desk = await testDesk(site)
  const opened = Array.from({ length: 1000 }, (_, index) =>
    desk.desk.open({ customer: `C${index}`, text: 'Can I have a refund?', adminId: `501${1 + (index % 3)}` }),
  )
  const statuses = await Promise.all(opened.map(({ body }) => desk.notify(body)))
  expect(new Set(statuses)).toEqual(new Set([200]))
  for (const [index, agentId] of ['ada', 'ben', 'lee'].entries()) {
    await using agent = await testAgent(site, agentId)
    const own = opened.filter((_, number) => number % 3 === index).map(({ conversationId }) => conversationId)
    await eventually(() => {
      expect(
        agent
          .items()
          .map(({ conversationId }) => conversationId)
          .toSorted(),
      ).toEqual(own.toSorted())
    }, 60_000)
  }
})
