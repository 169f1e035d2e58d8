import { expect, it } from 'vitest'
import { signalMessage } from '../../../topics/contract/signal-message.ts'
import { agentSearch } from '../../../topics/agent-search.ts'
import { anInvocation, aRecord } from '../../testing/invocation.ts'
import { isOwnReplyTopic, signalWorker } from './signal-worker.ts'
import { RequestError } from './worker.ts'

const now = Date.UTC(2026, 0, 1)
const signal = signalMessage(
  agentSearch,
  { id: 's1', topic: 'agents/ada/search', time: '2026-01-01T00:00:00.000Z' },
  { query: 'refund' },
)
/** As the rule makes it. */
const asked = {
  ...signal,
  topic: 'agents/ada/search',
  clientid: 'uada-1',
  responsetopic: 'replies/uada-0',
  correlationdata: 'AAAAAAAAAAAAAAAAAAAAAA==',
}

async function ask(body: object | string, handle = () => Promise.resolve({ replies: [] }), ageMs = 0) {
  const answers: { topic: string; payload: string; correlationData: string }[] = []
  const seen: unknown[] = []
  const consumer = signalWorker(
    agentSearch,
    async (request) => {
      seen.push(request)
      return handle()
    },
    {
      now: () => now,
      newId: () => 'r1',
      async answer(answer) {
        answers.push(answer)
      },
    },
  )
  const record = aRecord('')
  record.attributes.SentTimestamp = String(now - ageMs)
  const invocation = anInvocation()
  await consumer.handle(typeof body === 'string' ? body : JSON.stringify(body), invocation, record)
  return { answers, seen, counts: Object.fromEntries(invocation.log.counts) }
}

it("answers on the asker's own topic, with its correlation data", async () => {
  const { answers, seen } = await ask(asked)
  expect(seen).toEqual([{ value: { query: 'refund' }, parameters: { agentId: 'ada' }, clientId: 'uada-1' }])
  expect(answers).toMatchObject([{ topic: 'replies/uada-0', correlationData: 'AAAAAAAAAAAAAAAAAAAAAA==' }])
  expect(JSON.parse(answers[0]?.payload ?? '')).toMatchObject({
    type: `${agentSearch.type}.replied`,
    subject: 'replies/uada-0',
    data: { replies: [] },
  })
})

it('an unfit request, and one that the worker refuses, are answered with an error', async () => {
  const unfit = await ask({ ...asked, data: { query: 1 } })
  expect(unfit.seen).toEqual([])
  expect(unfit.answers[0]?.payload).toContain('"code":"unfit-request"')
  const refused = await ask(asked, () => Promise.reject(new RequestError('no-replies', 'none are saved')))
  expect(refused.answers[0]?.payload).toContain('"error":{"code":"no-replies","message":"none are saved"}')
  await expect(ask(asked, () => Promise.reject(new Error('the table is away')))).rejects.toThrow('away')
})

it('a request nested as deep as MQTT carries is unfit like any other', async () => {
  const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`
  for (const name of ['specversion', 'version', 'data', 'id']) {
    const { answers } = await ask(
      `{"${name}":${deep},${JSON.stringify({ ...asked, [name]: undefined }).slice(1)}`,
    )
    expect(answers[0]?.payload).toContain('"code":"unfit-request"')
    expect(answers[0]?.payload.length).toBeLessThan(2_000)
  }
})

it.each([
  ['text', 'hello'],
  ['a list', '[]'],
  ['no response topic', { ...asked, responsetopic: undefined }],
  ["another's response topic", { ...asked, responsetopic: 'replies/uben-0' }],
  ["another pair's response topic", { ...asked, responsetopic: 'replies/uada-2' }],
  ['any topic', { ...asked, responsetopic: 'campaigns/c1/total' }],
  ['no correlation data', { ...asked, correlationdata: undefined }],
  ['much correlation data', { ...asked, correlationdata: 'A'.repeat(65) }],
  ['correlation data that no header can carry', { ...asked, correlationdata: 'AAAA\r\nx: y' }],
  ['correlation data that is no base64', { ...asked, correlationdata: 'what?' }],
  ['another topic', { ...asked, topic: 'agents/ada/suggestions' }],
])('%s is let go and counted, never poison', async (_, body) => {
  expect(await ask(body)).toEqual({ answers: [], seen: [], counts: { SignalsUnanswerable: 1 } })
})

it('a request that nobody waits for any more is let go', async () => {
  expect(await ask(asked, undefined, 10_001)).toEqual({ answers: [], seen: [], counts: { RequestsLate: 1 } })
})

it.each([
  ['replies/uada-0', 'uada-0', true],
  ['replies/uada-3', 'uada-2', true],
  ['replies/uada-1', 'uada-2', false],
  ['replies/uada-0', 'uadab-0', false],
  ['replies/+', 'uada-0', false],
  ['replies/uada-0/x', 'uada-0', false],
])('%s is of %s: %s', (topic, clientId, own) => {
  expect(isOwnReplyTopic(topic, clientId)).toBe(own)
})
