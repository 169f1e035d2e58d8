/** The plan that the bench gives the load tester: viewers of one topic, and so many messages a second to each. */
import type { LoadPlan, LoadTopic, SubscriberGroup } from '../../loadtest/plan.ts'

const topic: LoadTopic = {
  contract: 'campaigns/{campaignId}/total',
  topic: 'campaigns/red-nose/total',
  kind: 'state',
}
const value = { name: 'Red Nose', total: { value: 100, currency: 'EUR' }, donations: 1 }

/** Phases: everybody joins, then one of `holdMs` at each rate. */
export function testerPlan(
  port: number,
  viewers: number,
  rates: readonly number[],
  holdMs: number,
): LoadPlan {
  const group: SubscriberGroup = {
    name: 'viewers',
    topics: [topic],
    from: viewers,
    to: viewers,
    connectPerSecond: 2500,
    joinLeavePerSecond: 0,
    thinkTimeMs: 0,
    qos: 0,
    addresses: 1,
  }
  const phase = { subscribers: [group], publishers: [], cuts: [], floods: [] }
  return {
    name: 'bench',
    run: 'bench',
    seed: 1,
    target: {
      kind: 'local',
      httpUrl: `http://127.0.0.1:${port}`,
      mqttUrl: `ws://127.0.0.1:${port}/mqtt`,
      region: 'eu-west-1',
      authentication: { kind: 'none' },
    },
    phases: [
      { ...phase, name: 'join', durationMs: 2500 + viewers * 0.8 },
      ...rates.map((perSecond) => ({
        ...phase,
        name: `${perSecond}`,
        durationMs: holdMs,
        publishers: [
          {
            name: 'publisher',
            via: 'mqtt' as const,
            topic,
            values: [value],
            qos: 0 as const,
            connections: 1,
            arrivals: { fromPerSecond: perSecond, toPerSecond: perSecond, spacing: 'even' as const },
          },
        ],
      })),
    ],
    thresholds: [],
    limits: { perSecond: 5000, connections: 20_000, durationMs: 120_000 },
    settleMs: 2000,
  }
}
