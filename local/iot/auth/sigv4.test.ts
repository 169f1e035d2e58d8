import { IoTDataPlaneClient, PublishCommand, type PublishCommandInput } from '@aws-sdk/client-iot-data-plane'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { WebSocket } from 'ws'
import { afterEach, expect, test } from 'vitest'
import { type IotCore, type IotCoreOptions, type LogLine, startIotCore } from '../index.ts'
import { statement } from '../testing/an-authorizer.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { presign, type PresignOptions } from '../testing/presign.ts'
import { connectWire } from '../testing/wire-client.ts'

const reader = {
  accessKeyId: 'READER',
  secretAccessKey: 'a/secret+key',
  sessionToken: 'a/token+=',
  principal: 'reader',
  policies: [
    {
      Version: '2012-10-17',
      Statement: [
        statement('Allow', 'iot:Connect', 'client/reader-*'),
        statement('Allow', ['iot:Subscribe'], 'topicfilter/public/*'),
        statement('Allow', ['iot:Receive', 'iot:Publish'], 'topic/public/*'),
      ],
    },
  ],
}
const admin = { accessKeyId: 'ADMIN', secretAccessKey: 'x' }

let iot: IotCore
let clock: ManualClock
let lines: LogLine[]

async function start(options: IotCoreOptions = { credentials: [reader, admin] }): Promise<void> {
  clock = manualClock()
  lines = []
  iot = await startIotCore({ clock, quotas: 'off', log: (line) => lines.push(line), ...options })
}

afterEach(() => iot.close())

/** Answers the HTTP status of an upgrade that is refused, and what was said. */
function refusedUpgrade(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, ['mqtt'])
    socket.on('open', () => reject(new Error('it was let in')))
    socket.on('unexpected-response', (_, response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => resolve(`${response.statusCode} ${text}`))
    })
  })
}

const asReader = (changes: Partial<PresignOptions> = {}): Promise<string> =>
  presign(iot.url, { ...reader, at: clock.now(), ...changes })

test('§5b a presigned upgrade connects under its credential’s policies', async () => {
  await start()
  const events: unknown[] = []
  iot.onLifecycle((event) => events.push(event))
  const client = await connectWire(await asReader(), 5, { clientId: 'reader-1' })
  expect(client.connack.reasonCode).toBe(0)
  const subscribe = async (topic: string): Promise<unknown> => {
    client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] })
    return client.next()
  }
  expect(await subscribe('public/a')).toMatchObject({ granted: [0] })
  expect(await subscribe('private/a')).toMatchObject({ granted: [0x87] })
  const other = await connectWire(await asReader(), 5, { clientId: 'somebody' })
  expect(other.connack.reasonCode).toBe(0x87)
  expect(events).toMatchObject([
    { eventType: 'connected', principalIdentifier: 'reader' },
    { eventType: 'subscribed' },
    { eventType: 'connect_failed' },
  ])
})

test('§5b without the option there is the key `local` with the secret `local`, for everything', async () => {
  await start({})
  const { connack } = await connectWire(await presign(iot.url, { at: clock.now() }), 4, { clientId: 'x' })
  expect(connack.returnCode).toBe(0)
  expect(iot.connections()).toMatchObject([{ principal: 'local' }])
})

test('§5b the connection stays when the signature has run out, and a new one wants a new signature', async () => {
  await start()
  const url = await asReader()
  const client = await connectWire(url, 5, { clientId: 'reader-1', keepalive: 1200 })
  clock.advance(301_000)
  client.send({ cmd: 'pingreq' })
  expect(await client.next()).toMatchObject({ cmd: 'pingresp' })
  expect(await refusedUpgrade(url)).toMatch(/^403 SIGNATURE_EXPIRED: signed at .* Sign for each attempt/)
})

test('§5b a token among what is signed is refused, and the answer says where it goes', async () => {
  await start()
  const url = await asReader({ tokenSigned: true })
  expect(await refusedUpgrade(url)).toMatch(/^403 SIGNATURE_MISMATCH: .*append it after X-Amz-Signature/)
})

test.each([
  ['another secret', { secretAccessKey: 'y' }, 'SIGNATURE_MISMATCH'],
  ['no token', { sessionToken: undefined }, 'SECURITY_TOKEN_INVALID'],
  ['another Region', { region: 'us-east-1' }, 'SCOPE_INVALID'],
  ['another service', { service: 'iotdata' }, 'SCOPE_INVALID'],
  ['a key nobody has', { accessKeyId: 'NOBODY' }, 'CREDENTIAL_UNKNOWN'],
])('§5b an upgrade with %s is a 403, logged', async (_, changes, code) => {
  await start()
  const url = await asReader(changes as Partial<PresignOptions>)
  expect(await refusedUpgrade(url)).toMatch(new RegExp(`^403 ${code}: `))
  expect(lines).toMatchObject([{ message: expect.stringContaining(`not authenticated: ${code}`) }])
})

test('§5b anonymous admits a presigned URL of anybody', async () => {
  await start({ anonymous: true })
  const url = await presign(iot.url, { accessKeyId: 'x', secretAccessKey: 'y', at: 0 })
  expect((await connectWire(url, 5)).connack.reasonCode).toBe(0)
})

interface Sdk {
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  readonly region?: string
  readonly skewMs?: number
}

async function publish(input: PublishCommandInput, sdk: Sdk = {}): Promise<unknown> {
  const client = new IoTDataPlaneClient({
    endpoint: `http://localhost:${iot.port}`,
    region: sdk.region ?? 'eu-west-1',
    credentials: sdk.credentials ?? reader,
    maxAttempts: 1,
    systemClockOffset: clock.now() - Date.now() + (sdk.skewMs ?? 0),
  })
  try {
    return await client.send(new PublishCommand(input))
  } finally {
    client.destroy()
  }
}

test('§5b a data-plane request is verified, and bound by its credential’s policies', async () => {
  await start()
  await publish({ topic: 'public/ü b', payload: Buffer.from('x'), qos: 1, contentType: 'a b' })
  expect(iot.stats().publishes).toBe(1)
  await expect(publish({ topic: 'private/a' })).rejects.toMatchObject({
    name: 'ForbiddenException',
    message:
      'reader may not iot:Publish on arn:aws:iot:eu-west-1:000000000000:topic/private/a: no statement allows it',
    $metadata: { httpStatusCode: 403 },
  })
  await expect(publish({ topic: 'public/a', retain: true })).rejects.toThrow(/iot:RetainPublish/)
  await publish({ topic: 'private/a', retain: true }, { credentials: admin })
})

test.each([
  ['another secret', { credentials: { ...reader, secretAccessKey: 'y' } }, 'SIGNATURE_MISMATCH'],
  [
    'a key nobody has',
    { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
    'CREDENTIAL_UNKNOWN',
  ],
  [
    'a token that it does not have',
    { credentials: { ...admin, sessionToken: 't' } },
    'SECURITY_TOKEN_INVALID',
  ],
  ['another Region', { region: 'us-east-1' }, 'SCOPE_INVALID'],
  ['a clock six minutes slow', { skewMs: -360_000 }, 'SIGNATURE_EXPIRED'],
])('§5b a data-plane request with %s is a ForbiddenException', async (_, sdk, code) => {
  await start()
  await expect(publish({ topic: 'public/a' }, sdk)).rejects.toMatchObject({
    name: 'ForbiddenException',
    message: expect.stringMatching(new RegExp(`^${code}: `)),
  })
  expect(iot.stats().publishes).toBe(0)
})

const signer = (service: string, credentials = admin): SignatureV4 =>
  new SignatureV4({ credentials, region: 'eu-west-1', service, sha256: Sha256 })

const request = (body = 'x') => ({
  method: 'POST',
  protocol: 'http:',
  hostname: 'localhost',
  path: '/topics/a%2Fb',
  query: { qos: '1' },
  headers: { host: `localhost:${iot.port}` },
  body,
})

async function send({ headers, query = {} }: SignedLike, body: string): Promise<string> {
  const search = new URLSearchParams(query as Record<string, string>)
  const { host: _, ...sent } = headers
  const url = `http://localhost:${iot.port}/topics/a%2Fb?${search.toString().replaceAll('+', '%20')}`
  const answer = await fetch(url, { method: 'POST', headers: sent, body })
  return `${answer.status} ${await answer.text()}`
}

interface SignedLike {
  readonly headers: Readonly<Record<string, string>>
  readonly query?: object
}

test('§5b iotdevicegateway is a signing name too, and the query may carry the signature', async () => {
  await start()
  const signingDate = new Date(clock.now())
  for (const service of ['iotdata', 'iotdevicegateway']) {
    const inHeader = await signer(service).sign(request(), { signingDate })
    expect(await send(inHeader, 'x')).toMatch(/^200 /)
    const inQuery = await signer(service).presign(request(), { signingDate })
    expect(await send(inQuery, 'x')).toMatch(/^200 /)
  }
  const elsewhere = await signer('s3').sign(request(), { signingDate })
  expect(await send(elsewhere, 'x')).toMatch(/^403 .*use iotdata or iotdevicegateway/)
})

test('§5b a body that was changed on the way is refused', async () => {
  await start()
  const signed = await signer('iotdata').sign(request(), { signingDate: new Date(clock.now()) })
  expect(await send(signed, 'y')).toMatch(/^403 .*the body was changed/)
  const { 'x-amz-content-sha256': _, ...headers } = signed.headers
  expect(await send({ ...signed, headers }, 'y')).toMatch(/^403 .*SIGNATURE_MISMATCH/)
})

test('§5b whatever the topic and the properties hold, what the SDK signs is verified, and arrives as it was meant', async () => {
  await start({ credentials: [admin] })
  const listener = await connectWire(await presign(iot.url, { ...admin, at: clock.now() }), 5)
  listener.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 0 }] })
  await listener.next()
  const text = fc.string({
    unit: fc.constantFrom(
      'a',
      'é',
      '😀',
      ' ',
      '/',
      '.',
      '..',
      '%',
      '~',
      '*',
      "'",
      '(',
      '!',
      '&',
      '=',
      '?',
      '"',
      ';',
      '\\',
      '%2F',
    ),
    minLength: 1,
    maxLength: 7,
  })
  await fc.assert(
    fc.asyncProperty(text, text, fc.uint8Array({ maxLength: 20 }), async (topic, contentType, payload) => {
      await publish(
        { topic, contentType, payload, userProperties: JSON.stringify([{ k: topic }]) },
        { credentials: admin },
      )
      expect(await listener.next()).toMatchObject({
        topic,
        payload: Buffer.from(payload),
        properties: { contentType, userProperties: { k: topic } },
      })
    }),
    { numRuns: 60 },
  )
})

test('§5b another Region than the default has its own name in signatures and in resources', async () => {
  const resource = 'arn:aws:iot:us-east-1:000000000000:topic/public/*'
  const policy = {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'iot:*', Resource: resource },
  }
  await start({ region: 'us-east-1', credentials: [{ ...admin, policies: [policy] }] })
  await publish({ topic: 'public/a' }, { credentials: admin, region: 'us-east-1' })
  await expect(publish({ topic: 'private/a' }, { credentials: admin, region: 'us-east-1' })).rejects.toThrow(
    'arn:aws:iot:us-east-1:000000000000:topic/private/a',
  )
})

test('§5b refuses to start with credentials that cannot be used', async () => {
  await start()
  for (const credentials of [
    [{ ...admin, accessKeyId: '' }],
    [{ ...admin, secretAccessKey: '' }],
    [admin, admin],
    [{ ...admin, policies: [{}] }],
  ])
    await expect(startIotCore({ credentials })).rejects.toThrow(
      /accessKeyId|secretAccessKey|policies of ADMIN/,
    )
})
