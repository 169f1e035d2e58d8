/**
 * What happens when everybody is cut off at once: the client as pages run it, in processes of their own, against the local
 * broker with the quotas of a small Region, counted. Once with the client's jitter, once without.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { reconnectSpreadMs } from '../topics/cost/reconnect-spread.ts'
import type { StampedeCounts } from './support/stampede-clients.ts'

const processes = 4
/** Topics of a page: a state and a feed. */
const topics = 2

/** A second, of the account, in a small Region. docs/aws-iot-core.md §3. Sessions and reads: what `fanfare` reserves for them. */
const quotas = { connects: 100, subscribes: 200, authorizer: 100, sessions: 100, reads: 200 } as const

interface Outcome {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly most: Record<keyof typeof quotas, number>
}

export async function benchStampede(say: (line: string) => void, options: readonly string[]): Promise<void> {
  const told = options.find((option) => option.startsWith('--clients='))?.slice('--clients='.length)
  const clients = Number(told ?? (options.includes('--short') ? 1000 : 5000))
  const spreadMs = reconnectSpreadMs({ connections: clients, subscriptions: clients * topics }, quotas)
  say(
    `${clients} clients of ${topics} topics, cut off together; spread over ${(spreadMs / 1000).toFixed(0)} s`,
  )
  for (const [name, settings] of [
    ['with jitter', { spreadMs, jitter: true }],
    ['without', { spreadMs: 0, jitter: false }],
  ] as const) {
    const { seconds, cpuSeconds, most } = await stampede({ clients, ...settings })
    say(`${name}: all current after ${seconds.toFixed(1)} s; broker's CPU ${cpuSeconds.toFixed(1)} s`)
    for (const key of Object.keys(quotas) as (keyof typeof quotas)[]) {
      const over = most[key] > quotas[key] ? `  over by ${(most[key] / quotas[key]).toFixed(1)} times` : ''
      say(`  ${key.padEnd(11)}${String(most[key]).padStart(6)}/s at most, quota ${quotas[key]}/s${over}`)
    }
  }
}

async function stampede({
  clients,
  spreadMs,
  jitter,
}: {
  clients: number
  spreadMs: number
  jitter: boolean
}): Promise<Outcome> {
  const broker = child('stampede-broker.ts')
  const address = (await broker.ask({ do: 'start' })) as { url: string; signature: string }
  const each = Math.ceil(clients / processes)
  const crowds = Array.from({ length: processes }, () => child('stampede-clients.ts'))
  try {
    await Promise.all(
      crowds.map((crowd, index) =>
        crowd.ask({
          do: 'connect',
          ...address,
          clients: Math.min(each, clients - index * each),
          from: index * each,
          spreadMs,
          jitter,
        }),
      ),
    )
    await broker.ask({ do: 'cut' })
    const cutAt = Date.now()
    const counts = (await Promise.all(
      crowds.map((crowd) => crowd.ask({ do: 'await-current' })),
    )) as StampedeCounts[]
    const { authorizer, cpuSeconds } = (await broker.ask({ do: 'figures' })) as {
      authorizer: Record<string, number>
      cpuSeconds: number
    }
    return {
      seconds: (Math.max(...counts.map(({ currentAt }) => currentAt)) - cutAt) / 1000,
      cpuSeconds,
      most: {
        connects: mostOf(counts.map(({ connects }) => connects)),
        subscribes: mostOf(counts.map(({ subscribes }) => subscribes)),
        sessions: mostOf(counts.map(({ sessions }) => sessions)),
        reads: mostOf(counts.map(({ reads }) => reads)),
        authorizer: mostOf([authorizer]),
      },
    }
  } finally {
    for (const each of [broker, ...crowds]) each.process.kill()
  }
}

/** The most in any second, of counts by second. */
function mostOf(bySecond: readonly Readonly<Record<string, number>>[]): number {
  const sums = new Map<string, number>()
  for (const counts of bySecond) {
    for (const [second, count] of Object.entries(counts)) sums.set(second, (sums.get(second) ?? 0) + count)
  }
  return Math.max(0, ...sums.values())
}

function child(file: string): { process: ChildProcess; ask: (question: object) => Promise<unknown> } {
  const program = fileURLToPath(new URL(`support/${file}`, import.meta.url))
  const process = fork(program, { execArgv: ['--disable-warning=ExperimentalWarning'] })
  return {
    process,
    ask: (question) =>
      new Promise((resolve, reject) => {
        process.once('message', resolve)
        process.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
        process.send(question)
      }),
  }
}
