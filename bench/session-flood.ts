/** What a flood of session requests from one address does to accept: the same replay with and without it, in turn. */
import { request } from 'node:http'
import { median } from './support/machine.ts'
import { runReplay } from './support/replay-process.ts'
import { startStackProcess } from './support/stack-process.ts'

const pairs = 3
const sessionsPerSecond = 300
const limit = ['--limit', '10000']

export async function benchSessionFlood(say: (line: string) => void): Promise<void> {
  await using stack = await startStackProcess()
  await runReplay(stack.site, ['--limit', '5000'])
  const ratios: number[] = []
  const p99s: number[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const calm = await runReplay(stack.site, limit)
    const flood = startFlood(stack.site)
    const flooded = await runReplay(stack.site, limit)
    const statuses = await flood()
    ratios.push(flooded.acceptedPerSecond / calm.acceptedPerSecond)
    p99s.push(flooded.p99Ms)
    say(
      `pair ${pair + 1}: ${Math.round(calm.acceptedPerSecond)}/s calm, ${Math.round(flooded.acceptedPerSecond)}/s under ${sessionsPerSecond} sessions/s ` +
        `(answers: ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')})`,
    )
  }
  say(
    `accept under the flood: ${(median(ratios) * 100).toFixed(0)} % of calm, p99 ${median(p99s).toFixed(1)} ms (medians of ${pairs} pairs)`,
  )
}

/** Opens sessions at a fixed rate until told to stop, which answers the statuses and their counts. */
function startFlood(site: string): () => Promise<Map<number, number>> {
  const statuses = new Map<number, number>()
  const { hostname, port } = new URL(site)
  const open: Promise<void>[] = []
  const timer = setInterval(() => {
    for (let index = 0; index < sessionsPerSecond / 100; index++)
      open.push(openSession({ hostname, port }, statuses))
  }, 10)
  return async () => {
    clearInterval(timer)
    await Promise.all(open)
    return statuses
  }
}

/** Counts the answer's status; 0 when there was none, which the printed counts then show. */
function openSession(site: { hostname: string; port: string }, statuses: Map<number, number>): Promise<void> {
  return new Promise((resolve) => {
    const count = (status: number): void => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      resolve()
    }
    const post = request({ ...site, path: '/session', method: 'POST', timeout: 10_000 }, (answer) => {
      answer.resume()
      answer.on('end', () => count(answer.statusCode ?? 0))
      answer.on('error', () => count(0))
    })
    post.on('timeout', () => post.destroy())
    post.on('error', () => count(0))
    post.end()
  })
}
