import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DataFolderError, emptyDataFolder, takeDataFolder } from './data-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fanfare-data-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('one stack at a time has a folder', () => {
  const giveBack = takeDataFolder(folder)
  expect(() => takeDataFolder(folder)).toThrow(/another stack uses the data folder .*FANFARE_DATA/)
  giveBack()
  takeDataFolder(folder)()
})

test('a folder in use is not emptied', () => {
  const giveBack = takeDataFolder(folder)
  writeFileSync(join(folder, 'tables.db'), 'donations')
  expect(() => emptyDataFolder(folder)).toThrow(DataFolderError)
  expect(readdirSync(folder)).toContain('tables.db')
  giveBack()
  emptyDataFolder(folder)
  expect(readdirSync(folder)).toEqual([])
})

test("a folder with somebody's files in it is not emptied", () => {
  for (const name of ['tables.db', 'tables.db-wal', 'thesis.tex']) writeFileSync(join(folder, name), 'x')
  expect(() => emptyDataFolder(folder)).toThrow(/"thesis\.tex" in it is not the stack's/)
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['tables.db', 'tables.db-wal', 'thesis.tex']))
})

test('a folder that cannot be made is told with the remedy', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => takeDataFolder(join(folder, 'file', 'data'))).toThrow(/cannot be used .*FANFARE_DATA/)
})
