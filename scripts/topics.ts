/**
 * `npm run topics`: makes `topics/registry.ts` anew; with `--check` only says whether it is up to date.
 *
 * @module
 */
import { join } from 'node:path'
import { updateRegistry } from './build/registry.ts'

const checking = process.argv.includes('--check')
const { current, contracts } = updateRegistry(join(import.meta.dirname, '..'), { write: !checking })
const list = contracts.map(({ name }) => name).join(', ')
if (current) process.stdout.write(`topics/registry.ts is up to date: ${list}\n`)
else if (checking) {
  process.stderr.write('topics/registry.ts is not what topics/ holds: run `npm run topics`\n')
  process.exitCode = 1
} else process.stdout.write(`topics/registry.ts written: ${list}\n`)
