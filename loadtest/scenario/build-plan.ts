/**
 * A scenario becomes a plan: names and templates are filled, payloads made, and everything that cannot be run is refused
 * where it is written.
 *
 * @module
 */
import type { LoadPhase, LoadPlan, LoadRequest, SubscriberGroup } from '../plan.ts'
import { limitProblems } from './limits.ts'
import type { Making, PlanContext } from './making.ts'
import { type Path, type Problem } from './problems.ts'
import { planPublisher } from './plan-publisher.ts'
import { planRequest } from './plan-request.ts'
import { resolveTopic } from './resolve-topic.ts'
import type { LoadScenario, ScenarioPhase, ScenarioSubscribers } from './schema.ts'
import { impliedThresholds, planThresholds } from './thresholds.ts'

export interface PlannedLoad {
  readonly plan: LoadPlan
  /** Sent once, in order, before the run; each must be answered as expected. */
  readonly prepare: readonly LoadRequest[]
}

/** The plan, and every mistake in the scenario; the plan is of use only when there is none. */
export function buildPlan(
  scenario: LoadScenario,
  context: PlanContext,
): PlannedLoad & { readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const params = { ...scenario.params, ...context.params }
  const making: Making = {
    ...context,
    params,
    scenario,
    problem: (path, what) => void problems.push({ path, what }),
    topic(written, path) {
      const found = resolveTopic(written, context.contracts, params)
      if (!('problem' in found)) return found
      problems.push({ path, what: found.problem })
      return undefined
    },
  }
  const counts = new Map<string, number>()
  const phases = scenario.phases.map((phase, index) => planPhase(phase, ['phases', index], making, counts))
  const names = phases.map(({ name }) => name)
  for (const [index, name] of names.entries())
    if (names.indexOf(name) !== index)
      making.problem(
        ['phases', index, 'name'],
        `${JSON.stringify(name)} is the name of two phases; give each its own`,
      )
  const plan: LoadPlan = {
    name: scenario.name,
    run: context.run,
    seed: scenario.seed,
    target: context.target,
    phases,
    thresholds: [...impliedThresholds(phases), ...planThresholds(making)],
    limits: context.limits,
    settleMs: scenario.settle,
  }
  const prepare = scenario.prepare.map((request, index) =>
    planRequest(request, ['prepare', index], making, {}),
  )
  return { plan, prepare, problems: [...problems, ...limitProblems(plan)] }
}

function planPhase(phase: ScenarioPhase, path: Path, making: Making, counts: Map<string, number>): LoadPhase {
  const { name, duration } = phase
  const within = (ms: number, at: Path, what: string): void => {
    if (ms > duration)
      making.problem(
        at,
        `${what} ${ms / 1000} s after the phase's beginning, and the phase lasts ${duration / 1000} s; make it earlier, or the phase longer`,
      )
  }
  uniqueNames(phase.subscribers, 'a group', [...path, 'subscribers'], making)
  uniqueNames(phase.floods, 'a flood', [...path, 'floods'], making)
  return {
    name,
    durationMs: duration,
    subscribers: phase.subscribers.map((group, index) =>
      planSubscribers(group, [...path, 'subscribers', index], duration, making, counts),
    ),
    publishers: phase.publishers.flatMap((publisher, index) => {
      const made = planPublisher(publisher, [...path, 'publishers', index], phase, making)
      return made ? [made] : []
    }),
    cuts: phase.cuts.map(({ at, share, returnWithin }, index) => {
      within(at, [...path, 'cuts', index, 'at'], 'it would come')
      return { atMs: at, share, returnWithinMs: returnWithin }
    }),
    floods: phase.floods.map((flood, index) => {
      const here = [...path, 'floods', index]
      const durationMs = flood.duration ?? Math.max(0, duration - flood.at)
      within(
        flood.at + durationMs,
        [...here, flood.duration === undefined ? 'at' : 'duration'],
        'it would end',
      )
      if (flood.kind !== 'connect' && flood.token !== undefined)
        making.problem([...here, 'token'], 'belongs to a flood of `kind: connect`; leave it out')
      if (flood.kind === 'request' && flood.request === undefined)
        making.problem(here, 'a flood of requests says which: give `request: POST /donations`')
      return {
        name: flood.name ?? `${flood.kind} flood ${index + 1}`,
        kind: flood.kind,
        atMs: flood.at,
        durationMs,
        perSecond: flood.perSecond,
        addresses: flood.addresses,
        ...(flood.token === undefined ? {} : { token: flood.token }),
        ...(flood.kind === 'request' && flood.request !== undefined
          ? {
              request: planRequest({ ...flood, request: flood.request, expect: [] }, here, making, {
                phase: name,
              }),
            }
          : {}),
      }
    }),
  }
}

/** The second of two with one name would be taken for the first. */
function uniqueNames(
  named: readonly { readonly name?: string | undefined }[],
  what: string,
  path: Path,
  { problem }: Making,
): void {
  const names = named.map(({ name }) => name)
  for (const [index, name] of names.entries())
    if (name !== undefined && names.indexOf(name) !== index)
      problem(
        [...path, index],
        `${JSON.stringify(name)} is the name of ${what} of this phase already; give each a \`name\` of its own`,
      )
}

/** Sessions that one address may open in a minute: SESSIONS_PER_MINUTE of the functions, 120 by default. A session names two connections. */
const connectionsPerAddress = 100

function planSubscribers(
  group: ScenarioSubscribers,
  path: Path,
  durationMs: number,
  making: Making,
  counts: Map<string, number>,
): SubscriberGroup {
  // Without `from`, a group goes on with what it had.
  const from = group.from ?? counts.get(group.name) ?? 0
  counts.set(group.name, group.to)
  const change = Math.abs(group.to - from) / (durationMs / 1000)
  const wanted = Math.ceil(change + group.joinLeavePerSecond)
  const connectPerSecond = group.connectPerSecond ?? Math.max(1000, wanted)
  if (connectPerSecond * (durationMs / 1000) < group.to - from)
    making.problem(
      [...path, 'connectPerSecond'],
      `${connectPerSecond} connections a second make ${Math.floor((connectPerSecond * durationMs) / 1000)} of ${group.to - from} in this phase; give at least ${Math.ceil(change)}, or a longer phase`,
    )
  const joined = group.to + (group.joinLeavePerSecond * durationMs) / 1000
  return {
    name: group.name,
    topics: group.topics.flatMap((heard, index) => {
      const [written, weight] = typeof heard === 'string' ? [heard, 1] : [heard.topic, heard.weight]
      const found = making.topic(written, [...path, 'topics', index])
      return found ? [{ ...found.topic, weight }] : []
    }),
    from,
    to: group.to,
    connectPerSecond,
    joinLeavePerSecond: group.joinLeavePerSecond,
    thinkTimeMs: group.thinkTime,
    ...(group.readBytesPerSecond === undefined ? {} : { readBytesPerSecond: group.readBytesPerSecond }),
    qos: group.qos,
    addresses: group.addresses ?? Math.max(1, Math.ceil(joined / connectionsPerAddress)),
  }
}
