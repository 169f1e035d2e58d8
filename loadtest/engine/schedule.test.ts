import { expect, test } from 'vitest'
import { RunClock } from './run-clock.ts'
import { Schedule } from './schedule.ts'

/** A clock that stands where the run's last timer fired: a moment early. */
class StandingClock extends RunClock {
  override now(): number {
    return 999.4
  }
}

test('what was planned just before the end is sent, though the timer of the end fired first', () => {
  const sent: number[] = []
  const clock = new StandingClock({ monotonicNs: process.hrtime.bigint(), wallMs: 0 })
  const stream = { dueMs: Float64Array.of(0, 500, 999.9), send: (dueMs: number) => void sent.push(dueMs) }
  const schedule = new Schedule(clock, [stream])
  schedule.start()
  expect(sent).toEqual([0, 500])
  schedule.finish(1000)
  expect(sent).toEqual([0, 500, 999.9])
  expect(schedule.delays.count).toBe(3)
})

test('a run that is cut short sends nothing more', () => {
  const sent: number[] = []
  const clock = new StandingClock({ monotonicNs: process.hrtime.bigint(), wallMs: 0 })
  const schedule = new Schedule(clock, [
    { dueMs: Float64Array.of(0, 5000), send: (dueMs) => void sent.push(dueMs) },
  ])
  schedule.start()
  schedule.stop()
  expect(sent).toEqual([0])
})
