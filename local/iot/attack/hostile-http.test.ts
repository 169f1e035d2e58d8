/** Requests to the port that are forged, tampered with, or odd. docs/aws-iot-core.md §5, §7. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, startIotCore } from '../index.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { connectWire } from '../testing/wire-client.ts'

let iot: IotCore
let clock: ManualClock

const narrow = {
  accessKeyId: 'narrow',
  secretAccessKey: 'a secret',
  policies: [
    {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'iot:Publish',
          Resource: 'arn:aws:iot:eu-west-1:000000000000:topic/own/*',
        },
      ],
    },
  ],
}

beforeEach(async () => {
  clock = manualClock()
  iot = await startIotCore({ clock, credentials: [narrow], quotas: 'off' })
})
afterEach(() => iot.close())

interface Asked {
  readonly method?: string
  readonly path: string
  readonly query?: Record<string, string | string[]>
  readonly headers?: Record<string, string>
  readonly service?: string
  readonly region?: string
  readonly body?: string
}

async function send(
  method: string,
  target: string,
  headers: Record<string, string>,
  body = '',
): Promise<number> {
  const asked = request({ port: iot.port, host: '127.0.0.1', method, path: target, headers })
  asked.end(body)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode ?? 0
}

async function presigned({
  method = 'POST',
  path,
  query = {},
  headers = {},
  service = 'iotdata',
  region = 'eu-west-1',
}: Asked) {
  const signer = new SignatureV4({ credentials: narrow, region, service, sha256: Sha256 })
  const host = `127.0.0.1:${iot.port}`
  const signed = await signer.presign(
    { method, protocol: 'http:', hostname: '127.0.0.1', path, query, headers: { host, ...headers } },
    { signingDate: new Date(clock.now()), expiresIn: 300 },
  )
  const parameters = Object.entries(signed.query ?? {}).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  )
  return `${path}?${parameters.join('&')}`
}

test('a presigned publish is good, again and again for five minutes, and not after them', async () => {
  const target = await presigned({ path: '/topics/own/a' })
  expect(await send('POST', target, {})).toBe(200)
  expect(await send('POST', target, {})).toBe(200)
  clock.advance(301_000)
  expect(await send('POST', target, {})).toBe(403)
})

test.each<[what: string, change: (target: string) => string, method?: string]>([
  ['another topic', (target) => target.replace('/own/a', '/own/b')],
  ['a parameter more', (target) => `${target}&retain=true`],
  ['a parameter more, before the others', (target) => target.replace('?', '?retain=true&')],
  ['a parameter behind another question mark', (target) => `${target}?&retain=true`],
  ['a parameter twice', (target) => `${target}&X-Amz-Expires=999999`],
  ['a longer life', (target) => target.replace('X-Amz-Expires=300', 'X-Amz-Expires=301')],
  ['another key', (target) => target.replace('Credential=narrow', 'Credential=local')],
  ['another service', (target) => target.replace('iotdata', 'iotdevicegateway')],
  ['another Region', (target) => target.replace('eu-west-1', 'eu-west-2')],
  ['no signature', (target) => target.replace(/X-Amz-Signature=\w+/, 'X-Amz-Signature=')],
  [
    'a signature in capitals',
    (target) => target.replace(/(?<=X-Amz-Signature=)\w+/, (hex) => hex.toUpperCase()),
  ],
  ['no host among what is signed', (target) => target.replace('SignedHeaders=host', 'SignedHeaders=')],
  ['another method', (target) => target, 'GET'],
])('a presigned publish with %s is refused', async (_, change, method = 'POST') => {
  const status = await send(method, change(await presigned({ path: '/topics/own/a' })), {})
  expect(status === 403 || (method === 'GET' && status === 405)).toBe(true)
  expect(iot.stats().publishes).toBe(0)
})

test.each(['s3', 'iot', 'execute-api', 'iotdata2'])(
  'a signature for the service %s is refused',
  async (service) => {
    expect(await send('POST', await presigned({ path: '/topics/own/a', service }), {})).toBe(403)
  },
)

test('properties in headers that are not signed are refused', async () => {
  const property = Buffer.from('[{"role":"admin"}]').toString('base64')
  const target = await presigned({ path: '/topics/own/a' })
  expect(await send('POST', target, { 'x-amz-mqtt5-user-properties': property })).toBe(403)
})

test.each([
  '/topics/private/a',
  '/topics/own',
  '/topics/own%2f..%2fprivate',
  '/topics/own/../private/a',
  '/topics/Own/a',
  '/topics//own/a',
  '/topics/%24aws/rules/r/own/a',
  '/topics/%24aws/events/presence/connected/a',
  '/topics/%24share/g/own/a',
  '/topics/own/a%00',
  '/topics/own/%ff',
  '/topics/own/%2b',
  '/topics/own%252fa',
])('§6 POST %s publishes nothing outside of own/', async (path) => {
  const reader = await startedReader()
  const status = await send('POST', await presigned({ path }), {})
  reader.send({ cmd: 'pingreq' })
  const heard = await reader.next()
  // What is published is its own; what is not is refused.
  expect(heard.cmd === 'publish' ? heard.topic.startsWith('own/') : status >= 400).toBe(true)
})

/** Hears everything, by a signature of its own broker's. */
async function startedReader() {
  await iot.close()
  iot = await startIotCore({
    clock,
    quotas: 'off',
    credentials: [narrow, { accessKeyId: 'all', secretAccessKey: 'x' }],
  })
  const { presign } = await import('../testing/presign.ts')
  const url = await presign(iot.url, { at: clock.now(), accessKeyId: 'all', secretAccessKey: 'x' })
  const reader = await connectWire(url, 5, { clientId: 'reader' })
  reader.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: '#', qos: 0 }] })
  await reader.next()
  return reader
}

test.each<[method: string, path: string]>([
  ['DELETE', '/connections/reader'],
  ['GET', '/connections/reader'],
  ['GET', '/connections/reader/subscriptions'],
  ['POST', '/connections/reader/messages?topic=own%2Fa'],
  ['GET', '/retainedMessage'],
  ['GET', '/retainedMessage/own%2Fa'],
  ['GET', '/things/t/shadow'],
  ['POST', '/things/t/shadow'],
  ['GET', '/connections/nobody'],
])('§7 %s %s is refused to who may only publish, whether it is there or not', async (method, target) => {
  const reader = await startedReader()
  const [path = '', parameters = ''] = target.split('?')
  const query = Object.fromEntries(new URLSearchParams(parameters))
  expect(await send(method, await presigned({ method, path, query }), {})).toBe(403)
  reader.send({ cmd: 'pingreq' })
  expect(await reader.next()).toMatchObject({ cmd: 'pingresp' })
})
