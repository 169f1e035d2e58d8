import { expect, test } from 'vitest'
import { closeHole, isCovered, openHoles } from './entries.ts'
import { Listener } from './listener.ts'

function joined(at: number): Listener {
  const listener = new Listener()
  openHoles(listener, { epoch: 'a', sequence: at, first: at, previous: at - 1 })
  listener.epoch = 'a'
  return listener
}

const message = (first: number, sequence: number, previous = first - 1) => ({
  epoch: 'a',
  sequence,
  first,
  previous,
})

test('a joiner misses nothing that came before it', () => {
  const listener = joined(5)
  expect(listener.holes).toBeUndefined()
  expect(isCovered(listener, 5)).toBe(true)
  expect(isCovered(listener, 6)).toBe(false)
})

test('entries that neither message holds are a hole, which a late message closes piece by piece', () => {
  const listener = joined(5)
  expect(openHoles(listener, message(9, 10))).toEqual({ leftOut: 0, hole: [6, 8] })
  expect(isCovered(listener, 7)).toBe(false)
  expect(closeHole(listener, 7, 7)).toBe(0)
  expect(listener.holes).toEqual([
    [6, 6],
    [8, 8],
  ])
  expect(closeHole(listener, 1, 8)).toBe(2)
  expect(isCovered(listener, 8)).toBe(true)
})

test('what the message says was left out is none', () => {
  const listener = joined(5)
  expect(openHoles(listener, message(9, 10, 5))).toEqual({ leftOut: 3, hole: undefined })
  expect(openHoles(listener, message(20, 21, 15))).toEqual({ leftOut: 4, hole: [11, 15] })
})

test('an older message opens nothing, another epoch begins anew', () => {
  const listener = joined(5)
  expect(openHoles(listener, message(2, 3))).toEqual({ leftOut: 0, hole: undefined })
  expect(openHoles(listener, { ...message(40, 41), epoch: 'b' })).toEqual({ leftOut: 0, hole: undefined })
  expect(listener.entriesTo).toBe(41)
})
