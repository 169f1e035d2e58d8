import mqtt, { type MqttClient } from 'mqtt'
import * as v from 'valibot'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type IotCore, startIotCore } from '../../local/iot/index.ts'
import { anAnswer, anAuthorizer, signature, statement } from '../../local/iot/testing/an-authorizer.ts'
import { anyone, replyMessage, signal } from '../../topics/contract/index.ts'
import { type Client, connect } from '../client.ts'
import type { ClientOptions } from '../options.ts'
import type { SignalListener } from './signal.ts'

const typing = signal({
  topic: 'public/{room}/typing',
  payload: v.object({ name: v.string() }),
  subscribe: anyone,
  publish: anyone,
})
const secret = signal({ topic: 'secret/{room}', payload: v.string(), subscribe: anyone, publish: anyone })
const ask = signal({
  topic: 'public/{desk}/ask',
  payload: v.string(),
  reply: v.string(),
  subscribe: anyone,
  publish: anyone,
})

let iot: IotCore
let clients: Client[]
let responder: MqttClient | undefined
/** Whose connections come next. */
let principal: string

beforeEach(async () => {
  clients = []
  responder = undefined
  principal = 'visitor1'
  iot = await startIotCore({
    authorizers: [
      anAuthorizer((event) => {
        const token = (event as { token: string }).token
        return anAnswer({ principalId: token }, [
          statement('Allow', 'iot:Connect', `client/${token}-*`),
          statement(
            'Allow',
            ['iot:Subscribe', 'iot:Receive', 'iot:Publish'],
            ...['topicfilter', 'topic'].flatMap((kind) => [`${kind}/public/*`, `${kind}/replies/${token}-*`]),
          ),
        ])
      }),
    ],
    credentials: [{ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }],
    quotas: 'off',
  })
})

afterEach(async () => {
  for (const client of clients) client.close()
  await responder?.endAsync(true)
  await iot.close()
})

function aClient(more: Partial<ClientOptions> = {}): Client {
  const client = connect({
    api: '',
    session: async () => ({
      endpoint: iot.url,
      authorizer: 'visitors',
      tokenKey: 'token',
      token: principal,
      signature: signature(principal),
      clientIds: [`${principal}-0`, `${principal}-1`],
      principal,
      expiresAt: Date.now() / 1000 + 3600,
    }),
    backoffBaseMs: 50,
    onProblem: () => {},
    signals: () => () => {},
    ...more,
  })
  clients.push(client)
  return client
}

const isConnected = (client: Client): Promise<void> =>
  vi.waitFor(() => expect(client.status.state).toBe('live'))

/** Answers what is asked at desk 1, after `ms`. */
async function aResponder(answer: (question: string) => object, ms = 0): Promise<void> {
  const token = 'responder'
  const query = new URLSearchParams({
    'x-amz-customauthorizer-name': 'visitors',
    'x-amz-customauthorizer-signature': signature(token),
    token,
  })
  responder = await mqtt.connectAsync(`${iot.url}?${query}`, { protocolVersion: 5, clientId: 'responder-0' })
  responder.on('message', (_topic, payload, { properties }) => {
    const { data } = JSON.parse(payload.toString()) as { data: string }
    const { responseTopic = '', correlationData } = properties ?? {}
    const head = { id: 'x', topic: responseTopic, time: '' }
    setTimeout(() => {
      iot.publish(
        responseTopic,
        Buffer.from(JSON.stringify(replyMessage(ask, head, answer(data) as never))),
        {
          properties: { correlationData: correlationData ?? Buffer.of() },
        },
      )
    }, ms)
  })
  await responder.subscribeAsync('public/1/ask')
}

test('a signal reaches who listens, and is checked on both sides', async () => {
  const heard = vi.fn<SignalListener<{ name: string }>>()
  const listener = aClient()
  listener.signal(typing, { room: '1' }, { onSignal: heard })
  principal = 'visitor2'
  const sender = aClient()
  const handle = sender.signal(typing, { room: '1' })
  expect(await handle.send({ name: 'too early' })).toBe(false)
  await Promise.all([isConnected(listener), isConnected(sender)])
  await vi.waitFor(() => expect(iot.stats().subscriptions).toBe(1))
  expect(await handle.send({ name: 'Ann' })).toBe(true)
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1))
  expect(heard.mock.lastCall).toMatchObject([{ name: 'Ann' }, { value: { name: 'Ann' } }])
  await expect(handle.send({ name: 7 } as never)).rejects.toMatchObject({ code: 'INVALID_VALUE' })
})

test('sends no more than it may, and nothing after it was denied; the connection lives on', async () => {
  const client = aClient()
  await isConnected(client)
  const handle = client.signal(typing, { room: '1' }, { perSecond: 3 })
  const sent = await Promise.all(Array.from({ length: 10 }, () => handle.send({ name: 'Ann' })))
  expect(sent.filter(Boolean)).toHaveLength(3)
  const denied = client.signal(secret, { room: '1' })
  await expect(denied.send('x')).rejects.toMatchObject({ code: 'PUBLISH_DENIED', reasonCode: 0x87 })
  await expect(denied.send('x')).rejects.toMatchObject({ code: 'PUBLISH_DENIED' })
  expect(client.status.state).toBe('live')
  expect(iot.connections()).toHaveLength(1)
})

test('a request has its answer, each its own', async () => {
  await aResponder((question) => ({ reply: `${question}!` }))
  const client = aClient()
  // Before there is a connection: the time includes it.
  const answers = await Promise.all(['a', 'b'].map((text) => client.request(ask, { desk: '1' }, text)))
  expect(answers).toEqual(['a!', 'b!'])
  expect(await client.request(ask, { desk: '1' }, 'c')).toBe('c!')
})

test('a request says why it has no answer', async () => {
  await aResponder(() => ({ error: { code: 'desk-closed', message: 'nobody is here' } }))
  const client = aClient()
  await expect(client.request(ask, { desk: '1' }, 'a')).rejects.toMatchObject({
    code: 'REQUEST_FAILED',
    cause: { code: 'desk-closed' },
  })
  await expect(client.request(ask, { desk: '2' }, 'a', { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'REQUEST_TIMEOUT',
  })
  await expect(client.request(secret, { room: '2' }, 'a')).rejects.toMatchObject({ code: 'PUBLISH_DENIED' })
  await expect(client.request(ask, { desk: '2' }, 7 as never)).rejects.toMatchObject({
    code: 'INVALID_VALUE',
  })
  const abort = new AbortController()
  const aborted = client.request(ask, { desk: '2' }, 'a', { signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
})

test.for(['visitor1', 'visitor2'])(
  'an answer comes though a successor, of %s, followed the connection meanwhile',
  async (successor) => {
    await aResponder((question) => ({ reply: `${question}!` }), 700)
    const lifeMs = 600
    let first = true
    const client = aClient({
      random: () => 0,
      session: async () => {
        const token = first ? 'visitor1' : successor
        const session = {
          endpoint: iot.url,
          authorizer: 'visitors',
          tokenKey: 'token',
          token,
          signature: signature(token),
          clientIds: [`${token}-0`, `${token}-1`] as const,
          principal: token,
          expiresAt: (Date.now() + (first ? lifeMs : 3_600_000)) / 1000,
        }
        first = false
        return session
      },
    })
    const answer = client.request(ask, { desk: '1' }, 'a')
    await vi.waitFor(() =>
      expect(iot.connections().map(({ clientId }) => clientId)).toContain(`${successor}-1`),
    )
    expect(await answer).toBe('a!')
    expect(await client.request(ask, { desk: '1' }, 'b')).toBe('b!')
  },
)
