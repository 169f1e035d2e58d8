/**
 * What no run begins without: a plan within its own limits and the machine's.
 *
 * @module
 */
import type { LoadPhase, LoadPlan, Publisher } from '../plan.ts'
import { openFilesLimit } from './health.ts'

/** A plan that is not run. The message says what is over which limit, and the remedy. */
export class PlanRefusedError extends Error {
  override readonly name = 'PlanRefusedError'
  readonly code = 'PLAN_REFUSED'
}

/** Files besides the connections: the program's own, its requests'. */
const otherFiles = 600

/** What is sent in all, at the most: each has its times in memory from the beginning, and some 300 bytes in each thread once it is heard. */
const sentMost = 4_000_000

/** Throws PlanRefusedError. */
export function checkPlan(plan: LoadPlan, openFiles = openFilesLimit()): void {
  const { phases, limits, run, settleMs } = plan
  const refuse = (message: string): never => {
    throw new PlanRefusedError(message)
  }
  if (!/^[A-Za-z0-9]{1,16}$/.test(run))
    refuse(`the run's name is ${JSON.stringify(run)}; give 1 to 16 letters and digits`)
  if (phases.length === 0) refuse('the plan has no phase: give one at least')
  const durationMs = phases.reduce((sum, phase) => sum + phase.durationMs, 0) + settleMs
  if (!(durationMs <= limits.durationMs))
    refuse(
      `the plan takes ${durationMs} ms, and its limit is ${limits.durationMs}: shorten it, or raise the limit`,
    )
  const sent = phases.reduce((sum, phase) => sum + sentIn(phase), 0)
  if (!(sent <= sentMost))
    refuse(
      `the plan sends ${Math.ceil(sent)} in all, and the tester has memory for ${sentMost}: lower the rates, or shorten it`,
    )
  for (const phase of phases) {
    const connections = connectionsOf(phase)
    if (connections > limits.connections)
      refuse(
        `phase ${phase.name} wants ${connections} connections, and the limit is ${limits.connections}: ask for fewer, or raise it`,
      )
    if (openFiles !== undefined && connections + otherFiles > openFiles)
      refuse(
        `phase ${phase.name} wants ${connections} connections, and this process may open ${openFiles} files: ` +
          `run \`ulimit -n ${connections + otherFiles}\` before it (as root, or raise the hard limit in /etc/security/limits.conf)`,
      )
    const perSecond = perSecondOf(phase)
    if (perSecond > limits.perSecond)
      refuse(
        `phase ${phase.name} sends ${Math.ceil(perSecond)} a second, and the limit is ${limits.perSecond}: ask for less, or raise it`,
      )
  }
}

/** The most at once. */
function connectionsOf({ subscribers, publishers }: LoadPhase): number {
  const viewers = subscribers.reduce((sum, { from, to }) => sum + Math.max(from, to), 0)
  return publishers.reduce((sum, one) => sum + (one.via === 'mqtt' ? one.connections : 0), viewers)
}

/** Publishes, requests and attempts of a phase. */
function sentIn({ publishers, floods, durationMs }: LoadPhase): number {
  const flooded = floods.reduce((sum, flood) => sum + (flood.perSecond * flood.durationMs) / 1000, 0)
  return publishers.reduce(
    (sum, { arrivals }) =>
      sum +
      ('offsetsMs' in arrivals
        ? arrivals.offsetsMs.length
        : ((arrivals.fromPerSecond + arrivals.toPerSecond) / 2) * (durationMs / 1000)),
    flooded,
  )
}

/** Publishes, requests and attempts in the busiest second, all together. */
function perSecondOf({ publishers, floods }: LoadPhase): number {
  const flooded = floods.reduce((sum, { perSecond }) => sum + perSecond, 0)
  return publishers.reduce((sum, publisher) => sum + busiestSecond(publisher), flooded)
}

function busiestSecond({ arrivals }: Publisher): number {
  if (!('offsetsMs' in arrivals)) return Math.max(arrivals.fromPerSecond, arrivals.toPerSecond)
  const { offsetsMs } = arrivals
  let most = 0
  let from = 0
  for (const [at, offset] of offsetsMs.entries()) {
    while (offset - (offsetsMs[from] ?? 0) >= 1000) from += 1
    most = Math.max(most, at - from + 1)
  }
  return most
}
