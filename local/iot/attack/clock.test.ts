/** The machine's clock is set back: an hour of silence must not come of it. docs/aws-iot-core.md §3. */
import { afterEach, expect, test } from 'vitest'
import { type IotCore, type LogLine, startIotCore } from '../index.ts'
import type { Clock } from '../../clock.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { connectWire } from '../testing/wire-client.ts'

let iot: IotCore
/** Timers go by the time that passes, `now` by what the clock shows. */
const time = manualClock()
let setBackMs = 0
const clock: Clock = { now: () => time.now() - setBackMs, after: (ms, run) => time.after(ms, run) }

afterEach(() => iot.close())

test('§3 quotas of a second go on when the clock is set back by an hour', async () => {
  const lines: LogLine[] = []
  iot = await startIotCore({ anonymous: true, clock, log: (line) => lines.push(line) })
  const client = await connectWire(iot.url, 5, { clientId: 'c' })
  const burst = async (): Promise<number> => {
    const before = client.received.length
    for (let messageId = 1; messageId <= 150; messageId += 1)
      client.send({ cmd: 'publish', topic: 'a', payload: 'x', qos: 1, messageId, dup: false, retain: false })
    client.send({ cmd: 'pingreq' })
    await expect.poll(() => client.received.slice(before).at(-1)?.cmd).toBe('pingresp')
    return client.received.length - before - 1
  }
  expect(await burst()).toBe(100)
  iot.publish('r', Buffer.from('x'), { retain: true })
  setBackMs += 3_600_000
  time.advance(1000)
  iot.publish('r', Buffer.from('x'), { retain: true })
  expect(await burst()).toBe(100)
  expect(lines.filter(({ quota }) => quota === 'publishPerConnection')).toHaveLength(2)
})

test('§3 an account’s rate is filled again after the clock was set back', async () => {
  iot = await startIotCore({ anonymous: true, clock })
  const used = (): number => {
    let taken = 0
    try {
      for (; taken < 100_000; taken += 1) iot.publish('a', Buffer.from('x'))
    } catch {
      // Over the quota: what is asked here.
    }
    return taken
  }
  const most = used()
  expect(most).toBeGreaterThan(0)
  expect(used()).toBe(0)
  setBackMs += 3_600_000
  expect(used()).toBe(0)
  time.advance(1000)
  expect(used()).toBe(most)
})
