import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dueTimesMs } from './pace.ts'
import { readTelethonFile } from './telethon-file.ts'

const hourMs = 3_600_000
const at = (hours: number) => ({ at: hours * hourMs })

test('rows keep their rhythm, so many times faster', () => {
  expect([...dueTimesMs([at(5), at(5.5), at(6.25)], 3600)]).toEqual([0, 500, 1250])
  expect([...dueTimesMs([at(5), at(5.5)], 1)]).toEqual([0, hourMs / 2])
})

test('a quiet of weeks is cut to an hour, and the rhythm goes on behind it', () => {
  expect([...dueTimesMs([at(0), at(671), at(671.5), at(900)], 3600)]).toEqual([0, 1000, 1500, 2500])
})

test('as fast as answers come: everything is due at once', () => {
  expect([...dueTimesMs([at(0), at(671)], Number.POSITIVE_INFINITY)]).toEqual([0, 0])
})

test("the sample's first gift came a month before its programme: something moves within ten seconds", () => {
  const rows = readTelethonFile(join(import.meta.dirname, '../../data/telethon-sgdq2015.csv'))
  const due = dueTimesMs(rows, 3600)
  expect(due[50]).toBeLessThan(10_000)
  expect(due.at(-1)).toBeLessThan(300_000)
})
