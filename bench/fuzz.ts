/**
 * `npm run bench -- fuzz [--packets=N] [--seed=N]`: ten million random and damaged packets into the broker, and what is
 * left of them. A seed that finds something finds it again.
 */
import { fuzz } from '../local/iot/testing/fuzzer.ts'

const packetsMost = 10_000_000
const packetsShort = 1_000_000

export async function benchFuzz(say: (line: string) => void, options: readonly string[]): Promise<void> {
  const packets = numberOf(options, 'packets') ?? (options.includes('--short') ? packetsShort : packetsMost)
  const seed = numberOf(options, 'seed') ?? Date.now() % 1_000_000
  say(`seed ${seed}, ${packets.toLocaleString('en')} packets`)
  const started = performance.now()
  const heaps: number[] = []
  const result = await fuzz({
    seed,
    packets,
    onProgress(sent) {
      globalThis.gc?.()
      heaps.push(process.memoryUsage().heapUsed / 1024 / 1024)
      if (heaps.length % 5 === 0)
        say(`  ${sent.toLocaleString('en')} packets, heap ${heaps.at(-1)?.toFixed(0)} MB`)
    },
  })
  const { connections, clients, serverErrors, left } = result
  say(
    `${connections.toLocaleString('en')} connections, ${clients.toLocaleString('en')} of them let in, in ${((performance.now() - started) / 1000).toFixed(0)} s; ` +
      `heap ${heaps[0]?.toFixed(0)} MB at first, ${heaps.at(-1)?.toFixed(0)} MB at last`,
  )
  say(
    `left: ${left.connections} connections, ${left.sessions} sessions, ${left.subscriptions} subscriptions; server errors: ${serverErrors.length}`,
  )
  for (const error of new Set(serverErrors)) say(`  ${error}`)
  if (serverErrors.length > 0 || left.connections + left.sessions + left.subscriptions > 0)
    process.exitCode = 1
}

/** Throws RangeError for what is no number. */
function numberOf(options: readonly string[], name: string): number | undefined {
  const text = options.find((option) => option.startsWith(`--${name}=`))?.split('=')[1]
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`--${name} is ${text}; give a number`)
  return value
}
