/** Plans and outcomes with defaults, for tests of what is made of them. */
import { emptyHistogram, type EncodedHistogram, Histogram } from '../histogram.ts'
import type { LoadFigures, LoadOutcome, TopicFigures } from '../outcome.ts'
import { loadLimitDefaults, type LoadPlan, type LoadTopic } from '../plan.ts'

export const total: LoadTopic = {
  contract: 'campaigns/{campaignId}/total',
  topic: 'campaigns/red-nose/total',
  kind: 'state',
}

/** Latencies, ms, as a histogram. */
export function latencies(...ms: readonly number[]): EncodedHistogram {
  const histogram = new Histogram()
  for (const one of ms) histogram.record(one)
  return histogram.encode()
}

export function someTopicFigures(given: Partial<TopicFigures> = {}): TopicFigures {
  return {
    topic: total,
    published: 10,
    unpublished: 0,
    delivered: 100,
    bytes: 50_000,
    lost: 0,
    superseded: 0,
    duplicated: 0,
    repeated: 0,
    reordered: 0,
    unfit: 0,
    gaps: 0,
    gapsRecovered: 0,
    leftOut: 0,
    recoveries: 0,
    delivery: latencies(5, 6, 7, 100),
    request: emptyHistogram,
    currentValue: latencies(20, 30),
    back: emptyHistogram,
    ...given,
  }
}

export function someFigures(given: Partial<LoadFigures> = {}): LoadFigures {
  return {
    topics: [someTopicFigures()],
    connections: {
      attempted: 10,
      connected: 10,
      subscribed: 10,
      open: 10,
      most: 10,
      left: 0,
      refused: [],
      denied: [],
      disconnects: [],
      connect: latencies(3),
      subscribe: latencies(2),
      waited: emptyHistogram,
    },
    requests: { kinds: [] },
    floods: [],
    ...given,
  }
}

export function aPlan(given: Partial<LoadPlan> = {}): LoadPlan {
  return {
    name: 'A test',
    run: 'r1',
    seed: 1,
    target: {
      kind: 'local',
      httpUrl: 'http://localhost:4000',
      region: 'eu-west-1',
      authentication: { kind: 'none' },
    },
    phases: [
      {
        name: 'load',
        durationMs: 10_000,
        subscribers: [
          {
            name: 'viewers',
            topics: [total],
            from: 0,
            to: 10,
            connectPerSecond: 100,
            joinLeavePerSecond: 0,
            thinkTimeMs: 0,
            qos: 0,
            addresses: 1,
          },
        ],
        publishers: [
          {
            name: 'one',
            via: 'data-plane',
            topic: total,
            values: [{}],
            qos: 0,
            connections: 1,
            arrivals: { fromPerSecond: 1, toPerSecond: 1, spacing: 'even' },
          },
        ],
        cuts: [],
        floods: [],
      },
    ],
    thresholds: [],
    limits: loadLimitDefaults,
    settleMs: 0,
    ...given,
  }
}

export function anOutcome(given: Partial<LoadOutcome> = {}): LoadOutcome {
  const figures = given.total ?? someFigures()
  const sample = {
    phase: 'load',
    connections: 10,
    published: 1,
    requests: 0,
    delivered: 10,
    missing: 0,
    p50Ms: 6,
    p99Ms: 100,
    testerDelayMs: 1,
    testerCpu: 0.1,
  }
  return {
    plan: aPlan(),
    startedAt: '2026-11-21T20:15:00.000Z',
    durationMs: 10_000,
    ended: 'completed',
    endedBecause: 'every phase was run',
    total: figures,
    phases: [{ ...figures, name: 'load', atMs: 0, durationMs: 10_000 }],
    losses: { total: 0, first: [] },
    unfit: { total: 0, first: [] },
    events: { total: 1, first: [{ atMs: 0, level: 'info', what: 'phase load begins' }] },
    series: [
      { ...sample, atMs: 1000 },
      { ...sample, atMs: 2000, p50Ms: null, p99Ms: null, delivered: 0 },
      { ...sample, atMs: 10_000 },
    ],
    tester: {
      workers: 1,
      cpuSeconds: 1,
      cpuMost: 0.2,
      eventLoopDelay: latencies(1),
      sendDelay: latencies(1),
      residentBytesMost: 1e8,
      bottleneck: undefined,
    },
    ...given,
  }
}
