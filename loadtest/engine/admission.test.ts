import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { startIotCore } from '../../local/iot/index.ts'
import { anAnswer, anAuthorizer, signature, statement } from '../../local/iot/testing/an-authorizer.ts'
import type { Authentication, LoadTarget } from '../plan.ts'
import { endpointRefused, reasonText } from '../reason-text.ts'
import { aPhase, aPlan, aPublisher, runOn } from '../testing/a-plan.ts'
import { createAdmission, sessionMqttUrl } from './admission.ts'
import { RequestCounts } from './figures.ts'

const everything = [
  statement('Allow', 'iot:Connect', 'client/*'),
  statement('Allow', 'iot:Publish', 'topic/*'),
  statement('Allow', 'iot:Subscribe', 'topicfilter/*'),
  statement('Allow', 'iot:Receive', 'topic/*'),
]

function planWith(url: string, authentication: Authentication): ReturnType<typeof aPlan> {
  const plan = aPlan(url, [aPhase({ publishers: [aPublisher(20, 1)] })])
  return { ...plan, target: { ...plan.target, authentication } }
}

const isIn = { connected: 11, subscribed: 10, refused: [], denied: [], disconnects: [] }

describe.concurrent('lets in', () => {
  test('with AWS credentials, by presigned addresses (docs/aws-iot-core.md §5b)', async () => {
    const iot = await startIotCore()
    const outcome = await runOn(iot, planWith(iot.url, { kind: 'sigv4' }))
    expect(outcome.total.connections).toMatchObject(isIn)
    expect(outcome.total.topics[0]).toMatchObject({ published: 20, lost: 0, duplicated: 0 })
  })

  test('with a custom authorizer’s token (docs/aws-iot-core.md §5a)', async () => {
    const iot = await startIotCore({ authorizers: [anAuthorizer(() => anAnswer({}, everything))] })
    const plan = planWith(iot.url, {
      kind: 'token',
      authorizer: 'visitors',
      tokenKey: 'token',
      tokenVariable: 'LOAD_TOKEN',
      signatureVariable: 'LOAD_SIGNATURE',
    })
    const env = { LOAD_TOKEN: 'a-token', LOAD_SIGNATURE: signature('a-token') }
    const outcome = await runOn(iot, plan, { env })
    expect(outcome.total.connections).toMatchObject(isIn)
    expect(outcome.total.topics[0]?.delivered).toBeGreaterThan(100)
  })

  test('nobody whose token another signed, and says why', async () => {
    const iot = await startIotCore({ authorizers: [anAuthorizer(() => anAnswer({}, everything))] })
    const plan = planWith(iot.url, {
      kind: 'token',
      authorizer: 'visitors',
      tokenKey: 'token',
      tokenVariable: 'LOAD_TOKEN',
      signatureVariable: 'LOAD_SIGNATURE',
    })
    const outcome = await runOn(iot, plan, { env: { LOAD_TOKEN: 'a-token', LOAD_SIGNATURE: 'Zm9yZ2Vk' } })
    expect(outcome.total.connections.connected).toBe(0)
    expect(outcome.total.connections.refused[0]?.reason).toBe('CONNACK 0x87')
    expect(outcome.total.topics[0]).toMatchObject({ published: 0, unpublished: 20 })
  })

  test('a subscriber whose policy allows no topic is denied, by its reason code', async () => {
    const iot = await startIotCore({
      authorizers: [anAuthorizer(() => anAnswer({}, everything.slice(0, 2)))],
    })
    const plan = planWith(iot.url, {
      kind: 'token',
      authorizer: 'visitors',
      tokenKey: 'token',
      tokenVariable: 'LOAD_TOKEN',
      signatureVariable: 'LOAD_SIGNATURE',
    })
    const env = { LOAD_TOKEN: 'a-token', LOAD_SIGNATURE: signature('a-token') }
    const outcome = await runOn(iot, plan, { env })
    expect(outcome.total.connections).toMatchObject({
      subscribed: 0,
      denied: [{ reason: 'SUBACK 0x87', count: 10 }],
    })
    expect(outcome.total.topics[0]).toMatchObject({ published: 20, delivered: 0, lost: 0 })
  })
})

describe('a session', () => {
  const target = (changes: object = {}): LoadTarget => ({
    kind: 'endpoint',
    httpUrl: 'https://api.example.org',
    region: 'eu-west-1',
    authentication: { kind: 'session', url: 'https://sessions.example.org/session' },
    ...changes,
  })

  test.each([
    ['wss://api.example.org/mqtt', {}],
    ['wss://api.example.org:8443/mqtt', {}],
    ['wss://sessions.example.org/mqtt', {}],
  ])('leads to a host of the target: %s', (endpoint, changes) => {
    expect(sessionMqttUrl(target(changes), endpoint)).toEqual({ url: new URL(endpoint) })
  })

  test('leads nowhere else where the endpoint is named', () => {
    const mqttUrl = 'wss://named.example.org/mqtt'
    expect(sessionMqttUrl(target({ mqttUrl }), 'wss://other.example.org/mqtt')).toEqual({
      url: new URL(mqttUrl),
    })
  })

  test.each([
    'wss://other.example.org/mqtt',
    'wss://api.example.org@other.example/mqtt',
    'ws://127.0.0.1:6379/',
  ])('is refused when it leads to a host that nobody named: %s', (endpoint) => {
    const led = sessionMqttUrl(target(), endpoint)
    expect(led).toMatchObject({ refused: expect.stringContaining(endpointRefused) as string })
    expect(reasonText('refused' in led ? led.refused : '')).toMatch(/give --mqtt with that address/)
  })

  test.each(['', 'nonsense', 'https://api.example.org/', 'file:///etc/passwd'])(
    'whose endpoint is none of MQTT is not readable: %j',
    (endpoint) => {
      expect(sessionMqttUrl(target(), endpoint)).toEqual({ refused: 'session not readable' })
    },
  )

  test.each([
    'null',
    '[]',
    '{}',
    '{"authorizer":"a","tokenKey":"t","token":"x","clientIds":[1,2]}',
    '{"authorizer":"a","tokenKey":"t","token":"x","clientIds":["a"]}',
    JSON.stringify({ authorizer: 'a', tokenKey: 't', token: 'x'.repeat(9000), clientIds: ['a', 'b'] }),
  ])('that answers %.60s is refused in the report', async (body) => {
    const server = createServer((_, response) => response.end(body))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/session`
    const plan = planWith('ws://127.0.0.1:1/mqtt', { kind: 'session', url })
    const admitted = await createAdmission(plan, 'a', {}).admit(undefined, new RequestCounts())
    server.close()
    expect(admitted).toEqual({ refused: 'session not readable' })
  })
})
