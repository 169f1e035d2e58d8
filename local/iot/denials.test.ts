import { expect, test } from 'vitest'
import { Denials } from './denials.ts'
import { bounds } from './limits.ts'

const denial = (resource: string) => ({
  principal: 'p',
  action: 'iot:Publish',
  resource,
  because: 'no statement allows it',
  statement: undefined,
})

test('keeps the refusals of late, the newest first, the same ones counted', () => {
  const denials = new Denials()
  denials.add(denial('a'), 'c', 1)
  denials.add(denial('b'), 'c', 2)
  denials.add(denial('a'), 'c', 3)
  denials.add(denial('a'), 'd', 4)
  expect(
    denials
      .list()
      .map(({ resource, clientId, firstAt, lastAt, times }) => [resource, clientId, firstAt, lastAt, times]),
  ).toEqual([
    ['a', 'd', 4, 4, 1],
    ['a', 'c', 1, 3, 2],
    ['b', 'c', 2, 2, 1],
  ])
})

test('keeps no more than its bound, whatever is refused', () => {
  const denials = new Denials()
  for (let at = 0; at < bounds.denials + 50; at += 1) denials.add(denial(`t${at}`), undefined, at)
  expect(denials.list()).toHaveLength(bounds.denials)
  expect(denials.list().at(-1)).toMatchObject({ resource: 't50' })
  denials.add(denial('x'.repeat(16_384)), undefined, 1)
  expect(denials.list()[0]?.resource).toHaveLength(500)
})

test('counts every refusal by reason, though the list keeps only the last ones', () => {
  const denials = new Denials()
  for (let at = 0; at < 1000; at += 1) denials.add(denial('t'), `c${at}`, at)
  denials.add({ ...denial('t'), because: 'Watch denies it' }, 'c', 1)
  expect(denials.byReason()).toEqual([
    { action: 'iot:Publish', because: 'no statement allows it', times: 1000 },
    { action: 'iot:Publish', because: 'Watch denies it', times: 1 },
  ])
  for (let at = 0; at < 500; at += 1) denials.add({ ...denial('t'), because: `reason ${at}` }, 'c', 1)
  expect(denials.byReason()).toHaveLength(bounds.denialReasons + 1)
  expect(denials.byReason()[1]).toEqual({ action: 'other', because: 'other reasons', times: 402 })
})
