/** How long `fanfare check` takes on a thousand contracts: the whole command, as a person or CI waits for it. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { contractFolder } from '../topics/check/testing/contract-folder.ts'
import { manyContracts } from '../topics/check/testing/many-contracts.ts'

const root = join(import.meta.dirname, '..')

export async function benchCheck(say: (line: string) => void): Promise<void> {
  using folder = contractFolder(manyContracts(1000))
  const runs = Array.from({ length: 5 }, () => {
    const started = performance.now()
    const { stdout } = spawnSync(
      process.execPath,
      [join(root, 'command', 'main.ts'), 'check', '--json', '--contracts', folder.path],
      { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    )
    const { contracts } = JSON.parse(stdout) as { contracts: number }
    if (contracts !== 1000) throw new Error(`check read ${contracts} contracts of 1000`)
    return performance.now() - started
  }).toSorted((a, b) => a - b)
  say(
    `1,000 contracts, a file each, five runs: ${runs.map((ms) => `${(ms / 1000).toFixed(2)} s`).join(', ')}; median ${((runs[2] ?? 0) / 1000).toFixed(2)} s`,
  )
}
