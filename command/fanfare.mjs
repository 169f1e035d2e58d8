#!/usr/bin/env node
// `npx fanfare COMMAND …`: the same door as the npm scripts', so that it works from a fresh clone on Node 20 or newer.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
process.argv.splice(2, 0, join(here, 'main.ts'))
await import('../scripts/run.mjs')
