/** One contender's fan-out: what 10,000 deliveries a second cost it, and how many it can do. */
import type { Contender } from './contenders.ts'
import type { LoadedReport } from './orders.ts'
import { type Generator, type ServerProcess, startGenerator, startServer } from './processes.ts'

export interface FanOut {
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU seconds of the server for a million deliveries, at 10,000 a second. */
  readonly cpuPerMillion: number
  /** Most deliveries a second with none lost and a p99 under a quarter second, and what a million cost there. */
  readonly mostPerSecond: number
  readonly cpuPerMillionAtMost: number
  /** The generator's own CPU use at the limit: at 1 it was the limit. */
  readonly generatorUse: number
}

const subscribers = 1000
const p99MsMax = 250

export interface Effort {
  readonly calmSeconds: number
  readonly stepSeconds: number
  readonly steps: number
}

/** Measures one contender on a server of its own. Throws when it cannot be reached. */
export async function measureFanOut(contender: Contender, effort: Effort): Promise<FanOut> {
  await using server = await startServer(contender.command, contender.port)
  await using generator = startGenerator(contender)
  const connected = await generator.connect(subscribers)
  if (connected.ready < subscribers) throw new Error(`${connected.ready} of ${subscribers}: ${connected.why}`)
  await generator.load({ perSecond: 10, seconds: 1.5 })
  const calm = await costOf(server, generator, 10, effort.calmSeconds)
  const most = await climb(contender, server, generator, effort)
  return {
    p50Ms: calm.report.p50Ms,
    p99Ms: calm.report.p99Ms,
    cpuPerMillion: calm.cpuPerMillion,
    mostPerSecond: most?.report.perSecond ?? Number.NaN,
    cpuPerMillionAtMost: most?.cpuPerMillion ?? Number.NaN,
    generatorUse: most?.generatorUse ?? Number.NaN,
  }
}

interface Cost {
  readonly report: LoadedReport
  readonly cpuPerMillion: number
  readonly generatorUse: number
}

/** A load of so many publishes a second, and the server's CPU in it. */
export async function costOf(
  server: ServerProcess,
  generator: Generator,
  perSecond: number,
  seconds: number,
): Promise<Cost> {
  const before = server.cpuSeconds()
  const generatorBefore = (await generator.load({ perSecond: 0, seconds: 0 })).cpuSeconds ?? 0
  const report = await generator.load({ perSecond, seconds })
  return {
    report,
    cpuPerMillion: ((server.cpuSeconds() - before) / report.received) * 1e6,
    generatorUse: ((report.cpuSeconds ?? 0) - generatorBefore) / seconds,
  }
}

/** Raises the rate until messages are lost or late, then tries between the last two. */
async function climb(
  { startsAt }: Contender,
  server: ServerProcess,
  generator: Generator,
  { stepSeconds, steps }: Effort,
): Promise<Cost | undefined> {
  let best: Cost | undefined
  let rate = startsAt / subscribers
  let factor = 1.4
  for (let step = 0; step < steps; step += 1) {
    const cost = await costOf(server, generator, rate, stepSeconds)
    const { missing, lost, p99Ms, perSecond } = cost.report
    if (lost > 0) break
    const kept = missing === 0 && p99Ms <= p99MsMax && perSecond > 0.93 * rate * subscribers
    if (kept) best = !best || perSecond > best.report.perSecond ? cost : best
    if (kept && factor > 1) rate *= factor
    else {
      // Over it: a shorter step from the last rate that held, or down when none has.
      factor = kept ? factor : Math.sqrt(factor)
      rate = best ? (best.report.perSecond / subscribers) * factor : rate * 0.6
      if (best && factor < 1.06) break
    }
  }
  return best
}
