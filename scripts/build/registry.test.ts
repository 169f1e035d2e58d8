import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findContracts, registryText, updateRegistry } from './registry.ts'

describe('the registry of topics', () => {
  it('lists what is exported as a contract, by file, and nothing else', () => {
    const found = findContracts(
      new Map([
        ['b.ts', 'export const second = feed({\n})\nexport const shape = object({})\n'],
        [
          'a.ts',
          'export const first = state({})\nexport const third = inbox<Thing>({})\nconst hidden = state({})',
        ],
        ['index.ts', 'export const no = state({})'],
        ['registry.ts', 'export const no = state({})'],
        ['a.test.ts', 'export const no = state({})'],
      ]),
    )
    expect(found).toEqual([
      { name: 'first', file: './a.ts' },
      { name: 'third', file: './a.ts' },
      { name: 'second', file: './b.ts' },
    ])
  })

  it('breaks a long list into lines', () => {
    const entries = Array.from({ length: 12 }, (_, n) => ({ name: `contractNumber${n}`, file: `./c${n}.ts` }))
    expect(registryText(entries)).toContain('[\n  contractNumber0,\n  contractNumber1,\n')
  })

  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fanfare-'))
    mkdirSync(join(root, 'topics'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  it('is written when a contract appears and left alone when nothing changed', () => {
    writeFileSync(join(root, 'topics', 'typing.ts'), 'export const typing = signal({})\n')
    expect(updateRegistry(root, { write: false }).current).toBe(false)
    expect(updateRegistry(root, { write: true }).current).toBe(false)
    expect(readFileSync(join(root, 'topics', 'registry.ts'), 'utf8')).toContain(
      "import { typing } from './typing.ts'",
    )
    expect(updateRegistry(root, { write: true }).current).toBe(true)
  })

  it('is up to date in this project', () => {
    expect(updateRegistry(join(import.meta.dirname, '..', '..'), { write: false }).current).toBe(true)
  })
})
