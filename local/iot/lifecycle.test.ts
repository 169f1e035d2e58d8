import { expect, test } from 'vitest'
import { Lifecycle } from './lifecycle.ts'
import { bounds } from './limits.ts'

// docs/aws-iot-core.md §8
test('version numbers rise for an hour after a client has gone', () => {
  const lifecycle = new Lifecycle()
  expect([lifecycle.connected('a'), lifecycle.disconnected('a', 0), lifecycle.connected('a')]).toEqual([
    0, 0, 1,
  ])
  lifecycle.disconnected('a', 1000)
  lifecycle.sweep(1000 + 3_600_000)
  expect(lifecycle.connected('a')).toBe(2)
  lifecycle.disconnected('a', 2000)
  lifecycle.sweep(2001 + 3_600_000)
  expect(lifecycle.connected('a')).toBe(0)
})

test('a flood of client IDs is forgotten from its beginning, who is connected never', () => {
  const lifecycle = new Lifecycle()
  lifecycle.connected('here')
  for (let index = 0; index < bounds.versions; index += 1) {
    lifecycle.connected(`flood${index}`)
    lifecycle.disconnected(`flood${index}`, index)
  }
  lifecycle.sweep(bounds.versions)
  expect(lifecycle.disconnected('here', 0)).toBe(0)
  expect([lifecycle.connected('flood0'), lifecycle.connected('flood1'), lifecycle.connected('here')]).toEqual(
    [0, 1, 1],
  )
})
