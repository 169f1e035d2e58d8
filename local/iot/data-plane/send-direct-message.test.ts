import {
  type IoTDataPlaneClient,
  SendDirectMessageCommand,
  type SendDirectMessageCommandInput,
} from '@aws-sdk/client-iot-data-plane'
import { afterEach, expect, test } from 'vitest'
import { type IotCore, type IotCoreOptions, startIotCore } from '../index.ts'
import { anAuthorizer, statement, tokenQuery } from '../testing/an-authorizer.ts'
import { dataPlaneClient } from '../testing/data-plane-client.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { connectWire, type WireClient } from '../testing/wire-client.ts'

let iot: IotCore
let sdk: IoTDataPlaneClient
let clock: ManualClock

const sender = {
  accessKeyId: 'SENDER',
  secretAccessKey: 's',
  policies: [
    {
      Version: '2012-10-17',
      Statement: {
        ...statement('Allow', 'iot:SendDirectMessage', 'client/visitor1-*'),
        Condition: { StringLike: { 'iot:Topic': ['public/*', 'elsewhere/*'] } },
      },
    },
  ],
}

async function start(options: IotCoreOptions = {}): Promise<void> {
  clock = manualClock()
  iot = await startIotCore({ clock, authorizers: [anAuthorizer()], credentials: [sender], ...options })
  sdk = dataPlaneClient(iot, clock, sender)
}

afterEach(async () => {
  sdk.destroy()
  await iot.close()
})

const visitor = (version: 4 | 5 = 5, connect = {}): Promise<WireClient> =>
  connectWire(`${iot.url}?${tokenQuery('t')}`, version, { clientId: 'visitor1-0', ...connect })

const send = (input: Partial<SendDirectMessageCommandInput> = {}) =>
  sdk.send(new SendDirectMessageCommand({ clientId: 'visitor1-0', topic: 'public/a', ...input }))

test('§7 a direct message reaches one client, which subscribed to nothing, with its properties', async () => {
  await start()
  const client = await visitor()
  const answer = await send({
    payload: Buffer.from('x'),
    contentType: 'text/plain',
    responseTopic: 'r',
    correlationData: Buffer.from('c').toString('base64'),
    payloadFormatIndicator: 'UTF8_DATA',
    userProperties: JSON.stringify([{ k: 'v' }]),
  })
  expect(answer).toMatchObject({ message: 'OK', traceId: expect.any(String) })
  expect(await client.next()).toMatchObject({
    cmd: 'publish',
    topic: 'public/a',
    qos: 0,
    retain: false,
    payload: Buffer.from('x'),
    properties: {
      contentType: 'text/plain',
      responseTopic: 'r',
      correlationData: Buffer.from('c'),
      payloadFormatIndicator: true,
      userProperties: { k: 'v' },
    },
  })
})

test('§7 with confirmation it goes at QoS 1, and is answered when the PUBACK has come', async () => {
  await start()
  const client = await visitor(4)
  let answered = false
  const sent = send({ confirmation: true }).then((answer) => {
    answered = true
    return answer
  })
  const packet = await client.next()
  expect(packet).toMatchObject({ topic: 'public/a', qos: 1 })
  expect(answered).toBe(false)
  client.send({ cmd: 'puback', messageId: 'messageId' in packet ? packet.messageId : 0 })
  expect(await sent).toMatchObject({ message: 'OK' })
})

test('§7 without a PUBACK in time it is a GatewayTimeoutException, and nothing is kept for later', async () => {
  await start()
  const session = { clean: false, properties: { sessionExpiryInterval: 3600 } }
  const client = await visitor(5, session)
  const failure = send({ confirmation: true, timeout: 2 }).catch((error: unknown) => error)
  await client.next()
  await client.close()
  await expect.poll(() => iot.connections()).toEqual([])
  clock.advance(2000)
  expect(await failure).toMatchObject({
    name: 'GatewayTimeoutException',
    $metadata: { httpStatusCode: 504 },
  })
  const again = await visitor(5, session)
  again.send({ cmd: 'pingreq' })
  expect(await again.next()).toMatchObject({ cmd: 'pingresp' })
})

test('§7 a client that is not connected is a ResourceNotFoundException', async () => {
  await start()
  await expect(send()).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 404 },
  })
})

test.each([
  [
    'a topic the sender’s condition does not name',
    { topic: 'private/a' },
    'SENDER may not iot:SendDirectMessage',
  ],
  ['a client that the sender may not write to', { clientId: 'visitor2-0' }, 'SENDER may not'],
  [
    'a topic that the receiver may not hear',
    { topic: 'elsewhere/a' },
    'the receiver, visitor1, may not iot:Receive',
  ],
])('§7 %s is a ForbiddenException', async (_, input, message) => {
  await start()
  await visitor()
  await expect(send(input)).rejects.toMatchObject({
    name: 'ForbiddenException',
    message: expect.stringContaining(message),
  })
})

test.each([
  ['a topic that begins with $', { topic: '$aws/a' }, 'InvalidRequestException'],
  ['a wildcard', { topic: 'public/#' }, 'InvalidRequestException'],
  ['a time-out over 15 s', { timeout: 16 }, 'InvalidRequestException'],
  ['a payload over 128 KB', { payload: Buffer.alloc(131_073) }, 'RequestEntityTooLargeException'],
])('§7 %s is refused', async (_, input, name) => {
  await start()
  await expect(send(input)).rejects.toMatchObject({ name })
})

test('§2.2 direct messages count in the receiver’s hundred a second', async () => {
  await start()
  await visitor()
  for (let at = 0; at < 100; at += 1) await send()
  await expect(send()).rejects.toMatchObject({ name: 'ThrottlingException' })
})
