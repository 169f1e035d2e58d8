/**
 * `node scripts/run.mjs scripts/soak-client.ts [--runs N] [--seed SEED] [--path PATH]`: the client against the local broker's
 * faults, for as many schedules as one has time for. A failure is shrunk to the shortest schedule, and is run again by
 * its seed and path.
 */
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { chaosRun, type ChaosRun, chaosRuns } from '../client/testing/chaos-run.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 2_147_483_647) },
    path: { type: 'string' },
  },
})
const [numRuns, seed] = [Number(values.runs), Number(values.seed)]
if (!Number.isSafeInteger(numRuns) || numRuns < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write(`soak-client: --runs is ${values.runs}, --seed ${values.seed}; give whole numbers\n`)
  process.exit(1)
}
const started = performance.now()
const holds = fc.asyncProperty(chaosRuns, async (run: ChaosRun) => {
  const wrong = await chaosRun(run)
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
})
const outcome = await fc.check(holds, { numRuns, seed, ...(values.path ? { path: values.path } : {}) })
const seconds = ((performance.now() - started) / 1000).toFixed(0)
if (outcome.failed) process.stdout.write(`${fc.defaultReportMessage(outcome) ?? ''}\n`)
else
  process.stdout.write(`${outcome.numRuns} schedules from seed ${seed}: every promise kept (${seconds} s)\n`)
process.exit(outcome.failed ? 1 : 0)
