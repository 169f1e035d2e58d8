import { type LoadPhase, type Threshold, thresholdMetrics } from '../plan.ts'
import type { Making } from './making.ts'
import { suggestion } from './nearest.ts'
import type { Path } from './problems.ts'

/** The thresholds of a scenario; what they name must be there. */
export function planThresholds(making: Making): readonly Threshold[] {
  const phases = making.scenario.phases.map(({ name }) => name)
  const isPhase = (name: string, path: Path): void => {
    if (!phases.includes(name))
      making.problem(path, `no phase is called ${JSON.stringify(name)}; ${suggestion(name, phases)}`)
  }
  return making.scenario.thresholds.map((written, index): Threshold => {
    const path = ['thresholds', index]
    const { metric, atMost, atLeast, atMostTimes, ofPhase, phase } = written
    if (atMost === undefined && atLeast === undefined && atMostTimes === undefined)
      making.problem(
        path,
        'says nothing that must hold; give `atMost`, `atLeast`, or `atMostTimes` and `ofPhase`',
      )
    if ((atMostTimes === undefined) !== (ofPhase === undefined))
      making.problem(path, '`atMostTimes` and `ofPhase` stand together; give both')
    if (phase !== undefined) isPhase(phase, [...path, 'phase'])
    if (ofPhase !== undefined) isPhase(ofPhase, [...path, 'ofPhase'])
    const topic =
      written.topic === undefined ? undefined : making.topic(written.topic, [...path, 'topic'])?.topic.topic
    if (metric === 'dollars' && (phase !== undefined || topic !== undefined))
      making.problem(path, 'dollars are of the whole run; leave `phase` and `topic` out')
    if (
      topic !== undefined &&
      !/^(lost|dup|reord|unfit|gaps|delivered|delivery|shown|current|back)/.test(metric)
    )
      making.problem(
        [...path, 'topic'],
        `${metric} is no topic's (${thresholdMetrics[metric].of}); leave \`topic\` out`,
      )
    return {
      metric,
      ...(topic === undefined ? {} : { topic }),
      ...(phase === undefined ? {} : { phase }),
      ...(atMost === undefined ? {} : { atMost }),
      ...(atLeast === undefined ? {} : { atLeast }),
      ...(atMostTimes === undefined || ofPhase === undefined
        ? {}
        : { atMostTimes: { times: atMostTimes, ofPhase } }),
    }
  })
}

/**
 * What must hold though nobody wrote it: a run in which nobody connected, or heard nothing of what was sent, lost nothing
 * and proves nothing.
 */
export function impliedThresholds(phases: readonly LoadPhase[]): readonly Threshold[] {
  const groups = phases.flatMap(({ subscribers }) => subscribers).filter(({ from, to }) => from + to > 0)
  const heard = new Set(groups.flatMap(({ topics }) => topics.map(({ topic }) => topic)))
  const sent = phases
    .flatMap(({ publishers }) => publishers)
    .filter(({ arrivals }) =>
      'offsetsMs' in arrivals
        ? arrivals.offsetsMs.length > 0
        : arrivals.fromPerSecond + arrivals.toPerSecond > 0,
    )
    .flatMap((publisher) => (publisher.via === 'http' ? publisher.request.changes : [publisher.topic]))
  return [
    ...(groups.length > 0 ? [{ metric: 'connected', atLeast: 1 } as const] : []),
    ...(sent.some(({ topic }) => heard.has(topic)) ? [{ metric: 'delivered', atLeast: 1 } as const] : []),
  ]
}
