/**
 * `npm run bench -- broker`: the local IoT Core beside what else fans messages out, in one run, so that the ratios hold on
 * whatever machine it is. The server has CPU 0, its load CPU 1.
 */
import { fanfare, fanfareQos1, floor, peers } from './broker/contenders.ts'
import { type FanOut, measureFanOut } from './broker/fan-out.ts'
import { benchHostile } from './broker/hostile.ts'
import { benchIdle } from './broker/idle.ts'
import { benchMatching } from './broker/matching.ts'
import { benchQuotas } from './broker/quotas.ts'

export async function benchBroker(say: (line: string) => void, options: readonly string[]): Promise<void> {
  benchMatching(say)
  if (process.platform !== 'linux') {
    say('the rest reads CPU seconds and memory from /proc, which this system has not')
    return
  }
  const short = options.includes('--short')
  const effort = short
    ? { calmSeconds: 3, stepSeconds: 1.5, steps: 4 }
    : { calmSeconds: 5, stepSeconds: 2, steps: 7 }
  const missing: string[] = []
  const others = peers((line) => missing.push(line))
  say('1 publisher, 1,000 WebSocket subscribers, 200 bytes, the server on one core; quotas counted')
  say(row('', 'p50', 'p99 ms at', 'CPU s per', 'most', 'CPU s per', 'generator'))
  say(row('', '', '10,000/s', 'million', 'a second', 'million', 'busy'))
  const results = new Map<string, FanOut>()
  for (const contender of [floor, fanfare, fanfareQos1, ...others])
    try {
      const result = await measureFanOut(contender, effort)
      results.set(contender.name, result)
      say(rowOf(contender.name, result))
    } catch (error) {
      say(`${contender.name}: not measured, ${(error as Error).message}`)
    }
  for (const line of missing) say(`not installed: ${line}`)
  sayRatios(say, results)
  await benchQuotas(say, short)
  await benchIdle(say, others, short)
  await benchHostile(say, short)
}

function sayRatios(say: (line: string) => void, results: ReadonlyMap<string, FanOut>): void {
  const ratio = (name: string, ours: string, of: (result: FanOut) => number): string | undefined => {
    const [mine, other] = [results.get(ours), results.get(name)]
    return mine && other ? (of(mine) / of(other)).toFixed(2) : undefined
  }
  say('\nours in ratio to')
  for (const name of results.keys()) {
    const ours = name.endsWith('QoS 1') ? fanfareQos1.name : fanfare.name
    if (name === ours) continue
    const cost = ratio(name, ours, ({ cpuPerMillion }) => cpuPerMillion)
    const most = ratio(name, ours, ({ mostPerSecond }) => mostPerSecond)
    if (cost !== undefined && !name.startsWith('Fanfare'))
      say(`  ${name.padEnd(40)}CPU at 10,000/s × ${cost}, most a second × ${most}`)
  }
}

function rowOf(name: string, result: FanOut): string {
  return row(
    name,
    result.p50Ms.toFixed(1),
    result.p99Ms.toFixed(1),
    result.cpuPerMillion.toFixed(1),
    Math.round(result.mostPerSecond).toLocaleString('en'),
    result.cpuPerMillionAtMost.toFixed(2),
    `${Math.round(result.generatorUse * 100)} %`,
  )
}

function row(name: string, ...cells: readonly string[]): string {
  return `  ${name.padEnd(40)}${cells.map((cell) => cell.padStart(11)).join('')}`
}
