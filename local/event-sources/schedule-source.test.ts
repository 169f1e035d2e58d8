import { expect, test } from 'vitest'
import { manualClock } from '../messaging/manual-clock.ts'
import { rateMs, scheduleSource } from './schedule-source.ts'

const setUp = (invoke: (event: unknown) => Promise<unknown>, input?: unknown) => {
  const clock = manualClock()
  const source = scheduleSource({ expression: 'rate(1 minute)', input, clock, log: () => undefined, invoke })
  return { clock, source }
}

test('an event every period, with the input as it is', async () => {
  const events: unknown[] = []
  const { clock, source } = setUp((event) => Promise.resolve(events.push(event)), { repair: 'all' })
  await clock.advance(59_999)
  expect(events).toEqual([])
  await clock.advance(60_002)
  expect(events).toEqual([{ repair: 'all' }, { repair: 'all' }])
  await source.stop()
  await clock.advance(600_000)
  expect(events).toHaveLength(2)
})

test("without an input it is EventBridge's Scheduled Event", async () => {
  const events: unknown[] = []
  const { clock } = setUp((event) => Promise.resolve(events.push(event)))
  await clock.advance(60_000)
  expect(events).toMatchObject([
    { 'detail-type': 'Scheduled Event', source: 'aws.events', time: '2026-01-01T00:01:00Z' },
  ])
})

test('a failed event is tried twice more, beside the next ones', async () => {
  const at: number[] = []
  const { clock, source } = setUp((event) => {
    if (event === 'x') at.push((clock.now() - Date.UTC(2026, 0, 1)) / 60_000)
    return at.length < 6 ? Promise.reject(new Error('no')) : Promise.resolve()
  }, 'x')
  await clock.advance(240_000)
  expect(at).toEqual([1, 2, 2, 3, 3, 4, 4, 4])
  await source.stop()
})

test.each(['cron(0 * * * ? *)', 'rate(0 minutes)', 'every minute'])('%s is refused', (expression) => {
  expect(() => rateMs(expression)).toThrow(expression)
})
