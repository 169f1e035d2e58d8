import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newMessage } from '../message.ts'
import type { Delivery } from './delivery.ts'
import { InFlight } from './in-flight.ts'

function delivery(): Delivery {
  return { message: newMessage({ topic: 't', payload: Buffer.alloc(0) }, 0), retain: false }
}

// MQTT 5.0 section 2.2.1: an ID is not given anew before it is acknowledged.
test('holds what a map would hold, whatever is acknowledged in whatever order', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.constant('add' as const) },
    { weight: 2, arbitrary: fc.nat() },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const inFlight = new InFlight()
      const expected = new Map<number, Delivery>()
      let now = 0
      const agreed = steps.every((what) => {
        if (what !== 'add') {
          const known = [...expected.keys()][what % (expected.size + 1)] ?? 65_535
          return inFlight.delete(known) === expected.delete(known) && inFlight.size === expected.size
        }
        if (expected.size >= 100) return true
        const added = delivery()
        now += 1
        const packetId = inFlight.add(added, now)
        const isNew = packetId > 0 && !expected.has(packetId)
        expected.set(packetId, added)
        return isNew && inFlight.size === expected.size
      })
      expect(agreed).toBe(true)
      expect(inFlight.sentBefore(now + 1)).toEqual([...expected.keys()])
      expect(inFlight.drain()).toEqual([...expected.values()])
      expect(inFlight.size).toBe(0)
    }),
  )
})

test('an ID that is never acknowledged is passed by when the numbers wrap, and stays the oldest', () => {
  const inFlight = new InFlight()
  const first = delivery()
  const stuck = inFlight.add(first, 0)
  const second = delivery()
  for (let round = 1; round <= 70_000; round += 1) {
    const packetId = inFlight.add(second, round)
    expect(packetId).not.toBe(stuck)
    if (round < 70_000) inFlight.delete(packetId)
  }
  expect(inFlight.sentBefore(1)).toEqual([stuck])
  expect(inFlight.drain()).toEqual([first, second])
})
