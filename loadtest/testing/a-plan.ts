import type { IotCore } from '../../local/iot/index.ts'
import type { LoadOutcome } from '../outcome.ts'
import type { LoadPhase, LoadPlan, LoadTopic, Publisher, SubscriberGroup } from '../plan.ts'
import { runLoad, type RunOptions } from '../run.ts'

/** The topic that test plans are about. */
export const total: LoadTopic = {
  contract: 'campaigns/{campaignId}/total',
  topic: 'campaigns/red-nose/total',
  kind: 'state',
}

/** A value that its contract takes. */
export const totalValue = { name: 'Red Nose', total: { value: 100, currency: 'EUR' }, donations: 1 }

/** Ten viewers of one topic, connected at once. */
export function aGroup(changes: Partial<SubscriberGroup> = {}): SubscriberGroup {
  return {
    name: 'viewers',
    topics: [total],
    from: 10,
    to: 10,
    connectPerSecond: 1000,
    joinLeavePerSecond: 0,
    thinkTimeMs: 0,
    qos: 0,
    addresses: 1,
    ...changes,
  }
}

/** Messages at an even rate over one MQTT connection. */
export function aPublisher(perSecond: number, qos: 0 | 1 = 0): Publisher {
  return {
    name: 'publisher',
    via: 'mqtt',
    topic: total,
    values: [totalValue],
    qos,
    connections: 1,
    arrivals: { fromPerSecond: perSecond, toPerSecond: perSecond, spacing: 'even' },
  }
}

export function aPhase(changes: Partial<LoadPhase> = {}): LoadPhase {
  return {
    name: 'phase',
    durationMs: 1000,
    subscribers: [aGroup()],
    publishers: [],
    cuts: [],
    floods: [],
    ...changes,
  }
}

/** Against a broker that lets anybody in. */
export function aPlan(
  mqttUrl: string,
  phases: readonly LoadPhase[],
  changes: Partial<LoadPlan> = {},
): LoadPlan {
  return {
    name: 'test',
    run: 'test',
    seed: 1,
    target: {
      kind: 'local',
      httpUrl: mqttUrl.replace(/^ws/, 'http').replace(/\/mqtt$/, ''),
      mqttUrl,
      region: 'eu-west-1',
      authentication: { kind: 'none' },
    },
    phases,
    thresholds: [],
    limits: { perSecond: 5000, connections: 20_000, durationMs: 60_000 },
    settleMs: 1500,
    ...changes,
  }
}

/** Runs the plan, and closes the broker whatever comes of it. */
export async function runOn(iot: IotCore, plan: LoadPlan, options?: RunOptions): Promise<LoadOutcome> {
  try {
    return await runLoad(plan, options)
  } finally {
    await iot.close()
  }
}
