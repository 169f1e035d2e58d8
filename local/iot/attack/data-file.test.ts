/** The data file is somebody else's for a while, or gone: the broker lives, and says so. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type IotCore, type LogLine, startIotCore } from '../index.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { connectWire } from '../testing/wire-client.ts'

let folder: string
let dataFile: string
let clock: ManualClock
let iot: IotCore | undefined
let lines: LogLine[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fanfare-attack-'))
  dataFile = join(folder, 'iot.db')
  clock = manualClock()
  lines = []
})
afterEach(async () => {
  await iot?.close()
  rmSync(folder, { recursive: true })
})

async function start(): Promise<IotCore> {
  iot = await startIotCore({
    dataFile,
    anonymous: true,
    quotas: 'off',
    clock,
    log: (line) => lines.push(line),
  })
  return iot
}

/** As a database browser with an edit that is not saved yet. */
function locked(run: () => Promise<void>): Promise<void> {
  const other = new DatabaseSync(dataFile)
  other.exec('BEGIN IMMEDIATE')
  return run().finally(() => {
    other.exec('ROLLBACK')
    other.close()
  })
}

test('a data file that is locked stops neither the sweep nor the Wills, and what could not be kept is told', async () => {
  const broker = await start()
  const reader = await connectWire(broker.url, 5, { clientId: 'reader' })
  reader.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'wills', qos: 0 }] })
  await reader.next()
  const will = { topic: 'wills', payload: Buffer.from('gone'), qos: 0 as const, retain: true }
  const lost = await connectWire(broker.url, 5, { clientId: 'lost', will })
  await locked(async () => {
    clock.advance(3000)
    lost.drop()
    await expect.poll(() => broker.stats().connections).toBe(1)
    reader.send({ cmd: 'pingreq' })
    await expect.poll(() => reader.received.at(-1)?.cmd).toBe('pingresp')
  })
  expect(lines.map(({ message }) => message).join('\n')).toMatch(/database is locked/)
  const again = await connectWire(broker.url, 5, { clientId: 'lost' })
  again.send({
    cmd: 'publish',
    topic: 'wills',
    payload: 'here',
    qos: 1,
    messageId: 3,
    dup: false,
    retain: true,
  })
  expect(await again.next()).toMatchObject({ cmd: 'puback', reasonCode: 0 })
})

test('a data file that cannot be used is named', async () => {
  writeFileSync(dataFile, 'this is no database, and it never was one')
  await expect(start()).rejects.toThrow(dataFile)
  dataFile = join(folder, 'missing', 'iot.db')
  await expect(start()).rejects.toThrow(dataFile)
})
