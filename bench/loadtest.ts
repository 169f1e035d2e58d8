/**
 * `npm run bench -- loadtest`: the load tester itself, so that nobody measures it for their target. The broker has CPU 0, the tester
 * CPU 1: all its threads share that one core.
 */
import { fileURLToPath } from 'node:url'
import { percentileMs } from '../loadtest/histogram.ts'
import type { LoadOutcome } from '../loadtest/outcome.ts'
import { fanfare } from './broker/contenders.ts'
import { node, onCpu, startServer, stop } from './broker/processes.ts'
import { median } from './support/machine.ts'
import type { LoopOutcome } from './loadtest/loop-outcome.ts'
import { peerLines } from './loadtest/peers.ts'

const viewers = 1000
const rates = [100, 200, 300, 400]
const loopRates = [20, 40, 80, 120]

export async function benchLoadtest(say: (line: string) => void, options: readonly string[]): Promise<void> {
  if (process.platform !== 'linux') {
    say('it pins processes to cores and reads memory as Linux has them; this system does otherwise')
    return
  }
  const holdMs = options.includes('--short') ? 2000 : 4000
  say(
    `${viewers.toLocaleString('en')} subscribers, one topic, every delivery compared with what was sent; tester on one core`,
  )
  say(row('messages a second', 'received/s', 'lost', 'p50 ms', 'p99 ms', 'busiest thread'))
  const fan = await measure<LoadOutcome>('tester.ts', viewers, holdMs, rates)
  for (const phase of fan.phases.slice(1)) {
    const [topic] = phase.topics
    // Seconds that lie in the phase, but for what a timer is late.
    const endsMs = phase.atMs + phase.durationMs + 100
    const samples = fan.series.filter(({ atMs }) => atMs >= phase.atMs + 900 && atMs <= endsMs)
    const cpu = Math.max(0, ...samples.map(({ testerCpu }) => testerCpu))
    if (!topic) continue
    // What came in the phase's seconds, whenever it was published.
    const perSecond = median(samples.map(({ delivered }) => delivered))
    say(
      row(
        phase.name,
        whole(perSecond),
        whole(topic.lost),
        percentileMs(topic.delivery, 0.5).toFixed(1),
        percentileMs(topic.delivery, 0.99).toFixed(1),
        `${Math.round(cpu * 100)} %`,
      ),
    )
  }
  const { bottleneck, cpuSeconds } = fan.tester
  const delivered = fan.total.topics.reduce((sum, topic) => sum + topic.delivered, 0)
  say(
    `  ${cpuSeconds.toFixed(1)} CPU seconds in all its threads for ${whole(delivered)} deliveries: ${((cpuSeconds / delivered) * 1e6).toFixed(2)} a million`,
  )
  say(
    `  ${bottleneck ? `it says of itself, for ${bottleneck.seconds} s: ${bottleneck.why}` : 'it was never the bottleneck'}`,
  )

  const held = await measure<LoadOutcome>('tester.ts', 10_000, holdMs, [1])
  say(
    `\n10,000 connections: ${whole(held.total.connections.open)} open at the end, ` +
      `${whole(held.tester.bytesPerConnection ?? Number.NaN)} bytes of resident memory each, ` +
      `${whole(held.total.topics[0]?.lost ?? Number.NaN)} lost (open files: ${held.tester.openFilesLimit ?? '?'} at most)`,
  )

  say(
    `\nbeside it, a loop of ${viewers.toLocaleString('en')} mqtt.js clients that parses and checks the sequence`,
  )
  const loop = await measure<LoopOutcome>('mqtt-js-loop.ts', viewers, holdMs, loopRates)
  for (const { rate, perSecond, cpu } of loop.steps)
    say(row(`${rate}`, whole(perSecond), '', '', '', `${Math.round(cpu * 100)} %`))
  say(`  ${whole(loop.bytesPerConnection)} bytes of resident memory a connection`)
  for (const line of await peerLines(() => startServer(fanfare.command, fanfare.port), viewers)) say(line)
}

/** A program of this bench against a fresh broker. */
async function measure<Outcome>(
  program: string,
  viewers: number,
  holdMs: number,
  rates: readonly number[],
): Promise<Outcome> {
  await using server = await startServer(fanfare.command, fanfare.port)
  const file = fileURLToPath(new URL(`loadtest/${program}`, import.meta.url))
  const args = [server.port, viewers, holdMs, ...rates].map(String)
  const child = onCpu(1, [...node, file, ...args], process.env, 'ipc')
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      child.once('message', (outcome) => resolve(outcome as Outcome))
      child.once('exit', (code) =>
        reject(new Error(`${program} ended with ${code} before it had an outcome`)),
      )
    })
  } finally {
    await stop(child)
  }
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function row(name: string, ...cells: readonly string[]): string {
  return `  ${name.padEnd(20)}${cells.map((cell) => cell.padStart(15)).join('')}`
}
