import * as v from 'valibot'
import { expect, it } from 'vitest'
import { anyone, feed, signal, state } from '../contract/index.ts'
import { declaredSpreadMs, reconnectSpreadMs } from './reconnect-spread.ts'

const load = { audience: 5000 }
const total = state({ topic: 'c/{id}/total', payload: v.string(), subscribe: anyone, load })
const gifts = feed({ topic: 'c/{id}/gifts', entry: v.string(), subscribe: anyone, load })

it('is as long as the CONNECTs or the SUBSCRIBEs take, whichever is longer, and seven tenths', () => {
  const quotas = { connects: 100, subscribes: 200 }
  expect(reconnectSpreadMs({ connections: 5000, subscriptions: 5000 }, quotas)).toBe(85_000)
  expect(reconnectSpreadMs({ connections: 5000, subscriptions: 20_000 }, quotas)).toBe(170_000)
})

it('of the contracts follows their audience and the Region: docs/aws-iot-core.md §3', () => {
  expect(declaredSpreadMs([], 'eu-west-1')).toBe(0)
  expect(declaredSpreadMs([total, gifts], 'eu-west-1')).toBe(5667)
  expect(declaredSpreadMs([total, gifts], 'eu-north-1')).toBe(85_000)
  expect(declaredSpreadMs([total, gifts], 'eu-north-1', { connects: 1000, subscribes: 1000 })).toBe(17_000)
})

it('counts who publishes a signal, too', () => {
  const typing = signal({
    topic: 't/{id}',
    payload: v.string(),
    subscribe: anyone,
    publish: anyone,
    load: { audience: 1, publishers: 3000 },
  })
  expect(declaredSpreadMs([typing], 'eu-west-1')).toBe(1701)
})
