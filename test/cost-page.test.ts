import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fillConsole } from '../scripts/build/console-blocks.ts'

const root = join(import.meta.dirname, '..')

it('docs/cost.md shows what its commands print', () => {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'scripts/cost-page.ts', '--check'],
    { cwd: root, encoding: 'utf8' },
  )
  expect(stderr).toBe('')
  expect(stdout).toContain('docs/cost.md is up to date')
  expect(status).toBe(0)
})

it('a console block gets what its command prints, and nothing else is touched', () => {
  const page =
    'a\n```console\n$ npx fanfare cost --x 1\nold\n$1 $&\n```\nb\n```console\n$ npm start\nold\n```\n'
  const filled = fillConsole(page, (args) => `${args.join('|')} costs $1\n`)
  expect(filled).toBe(
    'a\n```console\n$ npx fanfare cost --x 1\ncost|--x|1 costs $1\n```\nb\n```console\n$ npm start\nold\n```\n',
  )
  expect(fillConsole(filled, (args) => `${args.join('|')} costs $1\n`)).toBe(filled)
})
