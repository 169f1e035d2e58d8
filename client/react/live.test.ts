import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLive } from './live.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const noClient = (): never => {
  throw new Error('a client was made')
}

test('what components share is shared while anybody listens, and then forgotten', () => {
  const live = createLive(noClient)
  const contract = {}
  let open = 0
  const once = () =>
    live.once(contract, 'a', 0, (show) => {
      open++
      show(open)
      return () => open--
    })
  const first = once()
  const leave = first.subscribe(() => {})
  // StrictMode: the second mount finds the first's.
  leave()
  const leaveAgain = once().subscribe(() => {})
  vi.runAllTimers()
  expect([once() === first, open, first.snapshot()]).toEqual([true, 1, 1])
  leaveAgain()
  vi.runAllTimers()
  expect([once() === first, open, first.snapshot()]).toEqual([false, 0, 0])
})

test('who comes back to what was forgotten takes nothing from who has the newer', () => {
  const live = createLive(noClient)
  const contract = {}
  const once = () => live.once(contract, 'a', 0, () => () => {})
  const first = once()
  first.subscribe(() => {})()
  vi.runAllTimers()
  const second = once()
  second.subscribe(() => {})
  first.subscribe(() => {})()
  vi.runAllTimers()
  expect(once()).toBe(second)
})
