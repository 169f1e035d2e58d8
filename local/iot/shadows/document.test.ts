import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deltaOf, type Json, type JsonObject, type Shadow, updated } from './document.ts'

test('§7 an update merges objects, replaces lists and values, and deletes what is null, metadata with it', () => {
  const first = updated(undefined, { desired: { a: { b: 1, c: [1, 2] }, d: 'x' } }, 1, 100)
  const second = updated(first, { desired: { a: { b: 2 }, d: null }, reported: { d: 'x' } }, 2, 200)
  expect(second).toEqual({
    state: { desired: { a: { b: 2, c: [1, 2] } }, reported: { d: 'x' } },
    metadata: {
      desired: { a: { b: { timestamp: 200 }, c: [{ timestamp: 100 }, { timestamp: 100 }] } },
      reported: { d: { timestamp: 200 } },
    },
    version: 2,
  })
  expect(updated(second, { desired: null }, 3, 300)).toMatchObject({ state: { reported: { d: 'x' } } })
  expect(updated(second, { desired: null }, 3, 300).metadata).not.toHaveProperty('desired')
})

test('§7 a plain value in the place of an object, and the other way round, leaves nothing behind', () => {
  const first = updated(undefined, { desired: { a: { b: 1 }, c: 1 } }, 1, 100)
  const second = updated(first, { desired: { a: 2, c: { d: 1 } } }, 2, 200)
  expect(second.state.desired).toEqual({ a: 2, c: { d: 1 } })
  expect(second.metadata.desired).toEqual({ a: { timestamp: 200 }, c: { d: { timestamp: 200 } } })
})

test('§7 the delta is what is desired and not reported, with its metadata', () => {
  const shadow = updated(
    undefined,
    {
      desired: { on: true, color: { r: 1, g: 2 }, list: [1], same: { x: 1 } },
      reported: { color: { r: 1 }, list: [2], same: { x: 1 }, other: 1 },
    },
    1,
    5,
  )
  expect(deltaOf(shadow)).toEqual({
    state: { on: true, color: { g: 2 }, list: [1] },
    metadata: { on: { timestamp: 5 }, color: { g: { timestamp: 5 } }, list: [{ timestamp: 5 }] },
  })
  expect(deltaOf(updated(shadow, { desired: null }, 2, 6))).toBeUndefined()
})

test('§7 __proto__ is a name like any other', () => {
  const change = JSON.parse('{"__proto__": {"admin": true}}') as JsonObject
  const { state } = updated(undefined, { desired: change }, 1, 1)
  expect(JSON.stringify(state)).toBe('{"desired":{"__proto__":{"admin":true}}}')
  expect({}).not.toHaveProperty('admin')
})

const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(1, 2, 'x', true, [1], [2, 3]),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
  ),
})).value
const section = fc.dictionary(fc.constantFrom('a', 'b', 'c'), json, { maxKeys: 3 })

test('§7 whoever reports the delta has no delta any more', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ desired: section, reported: section }), { minLength: 1, maxLength: 4 }),
      (updates) => {
        let shadow: Shadow | undefined
        for (const [index, update] of updates.entries()) shadow = updated(shadow, update, index + 1, index)
        const delta = shadow && deltaOf(shadow)
        if (!shadow || !delta) return
        // What stands in the way of an object is deleted first, as a device does.
        const cleared = updated(shadow, { reported: null }, 8, 8)
        const { desired } = cleared.state
        expect(deltaOf(updated(cleared, { reported: desired ?? null }, 9, 9))).toBeUndefined()
      },
    ),
  )
})
