#!/usr/bin/env node
// `npx fanfare COMMAND …`. From a clone: the same door as the npm scripts', so that it works at once and on Node 20 or
// newer. Installed as a package: what the package ships, on the Node that is there.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
if (existsSync(join(here, 'main.ts'))) {
  process.argv.splice(2, 0, join(here, 'main.ts'))
  await import('../scripts/run.mjs')
} else if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(`fanfare: needs Node 24 and this is ${process.version}. Install Node 24 or newer.\n`)
  process.exitCode = 1
} else {
  await import('../dist/command/main.js')
}
