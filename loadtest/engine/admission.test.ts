import { describe, expect, test } from 'vitest'
import { startIotCore } from '../../local/iot/index.ts'
import { anAnswer, anAuthorizer, signature, statement } from '../../local/iot/testing/an-authorizer.ts'
import type { Authentication } from '../plan.ts'
import { aPhase, aPlan, aPublisher, runOn } from '../testing/a-plan.ts'

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
