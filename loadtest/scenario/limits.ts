import type { LoadPhase, LoadPlan, Publisher } from '../plan.ts'
import type { Problem } from './problems.ts'

/** Where a plan passes its limits: rate, connections, duration. */
export function limitProblems({ phases, limits, settleMs }: LoadPlan): readonly Problem[] {
  const problems: Problem[] = []
  for (const [index, phase] of phases.entries()) {
    const path = ['phases', index]
    const perSecond = phaseRate(phase)
    if (perSecond > limits.perSecond)
      problems.push({
        path,
        what: `asks for ${Math.ceil(perSecond)} publishes, requests and attempts a second, and the limit is ${limits.perSecond}; lower the rates, or raise it with --max-rate`,
      })
    const connections = phase.subscribers.reduce((sum, { from, to }) => sum + Math.max(from, to), 0)
    if (connections > limits.connections)
      problems.push({
        path,
        what: `asks for ${connections} connections, and the limit is ${limits.connections}; lower the groups, or raise it with --max-connections`,
      })
  }
  const durationMs = phases.reduce((sum, phase) => sum + phase.durationMs, settleMs)
  if (durationMs > limits.durationMs)
    problems.push({
      path: ['phases'],
      what: `last ${durationMs / 1000} s together with settling, and the limit is ${limits.durationMs / 1000} s; shorten them, or raise it with --max-duration`,
    })
  return problems
}

/** What a phase sends in its busiest second at the most. */
export function phaseRate({ publishers, floods }: LoadPhase): number {
  return (
    publishers.reduce((sum, publisher) => sum + busiestSecond(publisher), 0) +
    floods.reduce((sum, { perSecond }) => sum + perSecond, 0)
  )
}

function busiestSecond({ arrivals }: Publisher): number {
  if (!('offsetsMs' in arrivals)) return Math.max(arrivals.fromPerSecond, arrivals.toPerSecond)
  const counts = new Map<number, number>()
  let most = 0
  for (const offset of arrivals.offsetsMs) {
    const second = Math.floor(offset / 1000)
    const count = (counts.get(second) ?? 0) + 1
    counts.set(second, count)
    if (count > most) most = count
  }
  return most
}
