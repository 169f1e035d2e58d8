/** What hostile clients do to honest ones, and to the broker's memory. */
import { fileURLToPath } from 'node:url'
import { attackKinds } from './attacks.ts'
import { fanfare } from './contenders.ts'
import { node, onCpu, pause, startGenerator, startServer, stop } from './processes.ts'

const honest = 200
const perSecond = 20

export async function benchHostile(say: (line: string) => void, short: boolean): Promise<void> {
  const seconds = short ? 2 : 4
  say(
    `\nunder attack: ${honest} honest subscribers, ${honest * perSecond} deliveries a second; quotas counted`,
  )
  await using server = await startServer(fanfare.command, fanfare.port)
  await using generator = startGenerator({ ...fanfare, prefix: 'honest' })
  await generator.connect(honest)
  await generator.load({ perSecond, seconds: 1 })
  // The last one again: memory that was needed before is not needed anew.
  for (const kind of [...attackKinds, 'connections without a CONNECT']) {
    const before = await server.residentKb()
    const calm = await generator.load({ perSecond, seconds })
    const attacker = onCpu(
      1,
      [...node, fileURLToPath(new URL('attacker.ts', import.meta.url)), String(fanfare.port), kind],
      process.env,
      'ignore',
    )
    // While it opens its connections, and after.
    const attacked = await generator.load({ perSecond, seconds })
    const during = await server.residentKb()
    await stop(attacker)
    await pause(1500)
    const after = await server.residentKb()
    say(
      `  ${kind.padEnd(40)}p99 ${attacked.p99Ms.toFixed(1)} ms, calm ${calm.p99Ms.toFixed(1)} (× ${(attacked.p99Ms / calm.p99Ms).toFixed(2)}); ` +
        `missing ${attacked.missing}, lost ${attacked.lost}; ` +
        `${megabytes(before)} MB before, ${megabytes(during)} during, ${megabytes(after)} after`,
    )
  }
}

function megabytes(kb: number): string {
  return (kb / 1024).toFixed(0)
}
