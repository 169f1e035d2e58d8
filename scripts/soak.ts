/**
 * `node scripts/run.mjs scripts/soak.ts [--seeds N] [--from SEED]`: the real stack under other faults for each seed, for
 * as long as one has. A seed that fails is run again by `--from SEED --seeds 1`.
 */
import { parseArgs } from 'node:util'
import { soak } from './soak/drive.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '5' }, from: { type: 'string', default: '1' } },
})
const [seeds, from] = [Number(values.seeds), Number(values.from)]
if (!Number.isSafeInteger(seeds) || seeds < 1 || !Number.isSafeInteger(from)) {
  process.stderr.write(
    `soak: --seeds is ${values.seeds}, --from ${values.from}; give whole numbers, 1 seed or more\n`,
  )
  process.exit(1)
}
let failed = 0
for (let seed = from; seed < from + seeds; seed++) {
  const started = performance.now()
  const seconds = (): string => ((performance.now() - started) / 1000).toFixed(0)
  try {
    const told = await soak(seed)
    process.stdout.write(`seed ${seed}: every promise kept (${told}; ${seconds()} s)\n`)
  } catch (error) {
    failed += 1
    process.stdout.write(
      `seed ${seed}: ${error instanceof Error ? error.message : String(error)} (${seconds()} s)\n`,
    )
  }
}
process.exit(failed > 0 ? 1 : 0)
