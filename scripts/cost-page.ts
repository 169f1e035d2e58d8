/**
 * `node scripts/run.mjs scripts/cost-page.ts`: writes the output of the commands in docs/cost.md anew; with `--check`
 * only says whether it is what they print now.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fillConsole } from './build/console-blocks.ts'

const root = join(import.meta.dirname, '..')
const checking = process.argv.includes('--check')

/** What `npx fanfare …` prints, without the door that looks for packages. */
function fanfare(args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'command', 'main.ts'), ...args],
    { cwd: root, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`fanfare ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`)
  return stdout
}

const name = 'docs/cost.md'
const file = join(root, name)
const before = readFileSync(file, 'utf8')
const after = fillConsole(before, fanfare)
if (before === after) process.stdout.write(`${name} is up to date\n`)
else if (checking) {
  process.stderr.write(
    `${name} is not what its commands print: run node scripts/run.mjs scripts/cost-page.ts\n`,
  )
  process.exitCode = 1
} else {
  writeFileSync(file, after)
  process.stdout.write(`${name} written\n`)
}
