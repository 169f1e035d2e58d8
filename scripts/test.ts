/** `npm test`: makes sure that a browser and Mosquitto's clients are there, then runs every test. Arguments go to vitest. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium, installChromium } from './build/chromium.ts'
import { mosquittoClientsProblem } from './build/mosquitto.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const chromium = findChromium() ?? installChromium()
if ('problem' in chromium) {
  process.stderr.write(`npm test: ${chromium.problem}\n`)
  process.exit(1)
}
const noClients = mosquittoClientsProblem()
if (noClients !== undefined) {
  process.stderr.write(`npm test: ${noClients}\n`)
  process.exit(1)
}
const result = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CHROMIUM_PATH: chromium.path },
  },
)
process.exitCode = result.status ?? 1
