import { connectAsync } from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import { type AuthorizerOptions, type IotCore, type LogLine, startIotCore } from './index.ts'
import { anAnswer, anAuthorizer, signature, tokenQuery, visitorStatements } from './testing/an-authorizer.ts'
import { type ManualClock, manualClock } from './testing/manual-clock.ts'
import { connectWire, openWire } from './testing/wire-client.ts'

let iot: IotCore
let clock: ManualClock
let lines: LogLine[]

async function start(authorizer: AuthorizerOptions): Promise<void> {
  clock = manualClock()
  lines = []
  iot = await startIotCore({
    port: 0,
    dataFile: ':memory:',
    authorizers: [authorizer],
    quotas: 'off',
    clock,
    log: (line) => lines.push(line),
  })
}

afterEach(() => iot.close())

type Connected = Awaited<ReturnType<typeof connectWire>>

function visitor(version: 4 | 5 = 5, connect: Parameters<typeof connectWire>[2] = {}): Promise<Connected> {
  return connectWire(`${iot.url}?${tokenQuery('a-token')}`, version, { clientId: 'visitor1-0', ...connect })
}

test('§5a lets in by the query, and shows the authorizer the event that AWS does', async () => {
  const authorizer = anAuthorizer()
  await start(authorizer)
  const { connack } = await visitor(5, { username: 'bob', password: Buffer.from('secret') })
  expect(connack.reasonCode).toBe(0)
  expect(authorizer.events).toEqual([
    {
      token: 'a-token',
      signatureVerified: true,
      protocols: ['tls', 'http', 'mqtt'],
      protocolData: {
        tls: { serverName: 'localhost' },
        http: {
          headers: expect.objectContaining({ upgrade: 'websocket' }),
          queryString: `?${tokenQuery('a-token')}`,
        },
        mqtt: { username: 'bob', password: Buffer.from('secret').toString('base64'), clientId: 'visitor1-0' },
      },
      connectionMetadata: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    },
  ])
  expect(iot.connections()).toMatchObject([{ clientId: 'visitor1-0', principal: 'visitor1' }])
})

test('§5a lets in by the CONNECT username, unknown parameters and all', async () => {
  const authorizer = anAuthorizer()
  await start(authorizer)
  const username = `bob?SDK=browser&${tokenQuery('a-token')}`
  const { connack } = await connectWire(iot.url, 4, { clientId: 'visitor1-1', username })
  expect(connack.returnCode).toBe(0)
  expect(authorizer.events).toMatchObject([{ token: 'a-token', protocolData: { mqtt: { username } } }])
})

test('§5a lets in by headers', async () => {
  const authorizer = anAuthorizer()
  await start(authorizer)
  const client = await connectAsync(iot.url, {
    protocolVersion: 5,
    clientId: 'visitor1-0',
    wsOptions: {
      headers: {
        'x-amz-customauthorizer-name': 'visitors',
        'x-amz-customauthorizer-signature': signature('t'),
        token: 't',
      },
    },
  })
  await client.endAsync()
  expect(authorizer.events).toMatchObject([{ token: 't' }])
})

test.each([
  ['no signature', 'x-amz-customauthorizer-name=visitors&token=t'],
  [
    'no token',
    `x-amz-customauthorizer-name=visitors&x-amz-customauthorizer-signature=${encodeURIComponent(signature('t'))}`,
  ],
  ['another token’s signature', tokenQuery('a-token').replace('token=a-token', 'token=b-token')],
  [
    'a signature that is no base64',
    'x-amz-customauthorizer-name=visitors&token=t&x-amz-customauthorizer-signature=%00',
  ],
  ['an unknown authorizer', tokenQuery('t').replace('visitors', 'nobody')],
  ['no authorizer named, and no default', 'token=t'],
])('§5a refuses %s, and asks no Lambda', async (_, query) => {
  const authorizer = anAuthorizer()
  await start(authorizer)
  const five = await connectWire(`${iot.url}?${query}`, 5)
  expect(five.connack.reasonCode).toBe(0x87)
  await five.closed
  const four = await connectWire(`${iot.url}?${query}`, 4)
  expect(four.connack.returnCode).toBe(5)
  expect(authorizer.events).toEqual([])
})

test('§5a any of the public keys may verify, so that keys can be rotated', async () => {
  const { publicKeyPem } = await import('./testing/an-authorizer.ts')
  const { generateKeyPairSync } = await import('node:crypto')
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  })
  await start(anAuthorizer(undefined, { publicKeys: { current: String(other), next: publicKeyPem } }))
  expect((await visitor()).connack.reasonCode).toBe(0)
})

test('§5a refuses to start with a key that AWS would not take', async () => {
  await start(anAuthorizer())
  const { generateKeyPairSync } = await import('node:crypto')
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  })
  for (const publicKeys of [{}, { current: '' }, { current: String(short) }])
    await expect(
      startIotCore({ port: 0, dataFile: ':memory:', authorizers: [anAuthorizer(undefined, { publicKeys })] }),
    ).rejects.toThrow(/visitors/)
})

test.each([
  ['says no', () => ({ isAuthenticated: false })],
  ['answers nonsense', () => ({ isAuthenticated: true, principalId: 'a-b' })],
  [
    'throws',
    () => {
      throw new Error('broken')
    },
  ],
  ['does not allow iot:Connect', () => anAnswer({}, visitorStatements.slice(1))],
])('§5a refuses when the authorizer %s', async (_, invoke) => {
  await start(anAuthorizer(invoke))
  const failed: string[] = []
  iot.onLifecycle((event) => failed.push(event.eventType))
  expect((await visitor()).connack.reasonCode).toBe(0x87)
  expect(failed).toEqual(['connect_failed'])
})

test.each([
  ['says no', () => ({ isAuthenticated: false }), 'NOT_AUTHENTICATED: authorizer visitors said no'],
  ['throws', () => Promise.reject(new Error('broken')), 'AUTHORIZER_FAILED: authorizer visitors: broken'],
  ['answers nothing', () => undefined, 'answered nothing, not an object'],
  ['answers a text', () => 'yes', 'answered "yes", not an object'],
  [
    'has a text for isAuthenticated',
    () => anAnswer({ isAuthenticated: 'true' }),
    'isAuthenticated is "true"',
  ],
  ['has a UUID for its principal', () => anAnswer({ principalId: 'a-b' }), 'principalId is "a-b"'],
  ['has no policies', () => anAnswer({ policyDocuments: undefined }), 'policyDocuments is not a list'],
  [
    'has too many',
    () => anAnswer({ policyDocuments: Array.from({ length: 11 }, () => ({})) }),
    'there are 11',
  ],
  [
    'has a policy that IAM would not take',
    () => anAnswer({ policyDocuments: ['{'] }),
    'policyDocuments[0] is a string, but not JSON',
  ],
  [
    'lasts too long',
    () => anAnswer({ disconnectAfterInSeconds: 86_401 }),
    'disconnectAfterInSeconds is 86401',
  ],
  ['refreshes too soon', () => anAnswer({ refreshAfterInSeconds: 299 }), 'refreshAfterInSeconds is 299'],
])('§5a an authorizer that %s is logged with what was seen', async (_, invoke, message) => {
  await start(anAuthorizer(invoke))
  expect((await visitor()).connack.reasonCode).toBe(0x87)
  expect(lines.filter((line) => line.message.includes(message))).toHaveLength(1)
})

test('§5a refuses when the authorizer does not answer in five seconds', async () => {
  let asked = (): void => {}
  const wasAsked = new Promise<void>((resolve) => {
    asked = resolve
  })
  await start(
    anAuthorizer(() => {
      asked()
      return new Promise(() => {})
    }),
  )
  const client = openWire(`${iot.url}?${tokenQuery('t')}`)
  const connecting = await client
  connecting.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clientId: 'visitor1-0',
    clean: true,
    keepalive: 60,
  })
  await wasAsked
  clock.advance(5000)
  expect(await connecting.next()).toMatchObject({ cmd: 'connack', reasonCode: 0x87 })
})

test('§5a what a client sends before its CONNACK waits for it', async () => {
  await start(anAuthorizer())
  const client = await openWire(`${iot.url}?${tokenQuery('t')}`)
  client.send({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 5,
    clientId: 'visitor1-0',
    clean: true,
    keepalive: 60,
  })
  client.send({ cmd: 'pingreq' })
  expect(await client.next()).toMatchObject({ cmd: 'connack', reasonCode: 0 })
  expect(await client.next()).toMatchObject({ cmd: 'pingresp' })
})
