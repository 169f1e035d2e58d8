/**
 * The command line's single topic as a scenario of two phases: everyone comes, then the load.
 *
 * @module
 */
import type { TopicContract } from '../../topics/contract/contract.ts'
import { type LoadOptions, LoadUsageError } from '../options.ts'
import { type ThresholdMetric, thresholdMetrics } from '../plan.ts'
import { durationMs } from './duration.ts'
import { suggestion } from './nearest.ts'
import { resolveTopic } from './resolve-topic.ts'
import type { LoadScenario } from './schema.ts'

/** Those that hold when nobody says others. */
const thresholdsByDefault = ['lost <= 0', 'unfit <= 0', 'refused connections <= 0', 'request errors <= 0']

/** Subscribers that a topic has when nobody says how many, at the most. */
const subscribersByDefault = 1000

/** The scenario that the options describe. Throws LoadUsageError. */
export function scenarioOfOptions(options: LoadOptions, contracts: readonly TopicContract[]): LoadScenario {
  const { topic: written = '', params } = options
  const found = resolveTopic(written, contracts, params)
  if ('problem' in found) throw new LoadUsageError(found.problem)
  const { contract, topic } = found
  const subscribers = options.subscribers ?? Math.min(contract.load.audience, subscribersByDefault)
  const via =
    options.via ??
    (contract.kind === 'signal' ? 'mqtt' : options.request === undefined ? 'data-plane' : 'http')
  const gatheringMs = Math.max(
    1000,
    Math.ceil((subscribers / Math.max(options.connectPerSecond, 1)) * 1000) + 1000,
  )
  const group = {
    name: 'subscribers',
    topics: [topic.topic],
    connectPerSecond: Math.max(options.connectPerSecond, options.joinLeave, 1),
    thinkTime: 0,
    qos: options.qos,
  }
  const none = { publishers: [], cuts: [], floods: [] }
  return {
    name: `${topic.topic}: ${subscribers} subscribers`,
    seed: options.seed ?? 1,
    params,
    prepare: [],
    phases: [
      {
        ...none,
        name: 'gathering',
        duration: gatheringMs,
        subscribers: [{ ...group, from: 0, to: subscribers, joinLeavePerSecond: 0 }],
      },
      {
        ...none,
        name: 'load',
        duration: options.durationMs,
        subscribers: [
          { ...group, from: subscribers, to: subscribers, joinLeavePerSecond: options.joinLeave },
        ],
        publishers: [
          {
            via,
            ...(via === 'http' ? { request: options.request } : { topic: topic.topic }),
            rate: options.rate ?? contract.load.rate,
            spacing: 'even',
            qos: options.qos,
            headers: options.headers,
            body: options.body,
            expect: [200, 201, 202, 204],
            changes: via === 'http' ? [topic.topic] : [],
            addresses: 1,
          },
        ],
      },
    ],
    thresholds: (options.thresholds.length > 0 ? options.thresholds : thresholdsByDefault).map(readThreshold),
    settle: 5000,
    ...(options.projection ? { projection: options.projection } : {}),
  }
}

/** `delivery p99 <= 500ms` */
function readThreshold(written: string): LoadScenario['thresholds'][number] {
  const [, metric = '', sign = '', value = ''] = /^(.+?)\s*(<=|>=)\s*(\S+)$/.exec(written.trim()) ?? []
  const number = /^\d/.test(value) ? (durationMs(value) ?? Number(value)) : Number.NaN
  if (sign === '' || Number.isNaN(number))
    throw new LoadUsageError(
      `--threshold is ${JSON.stringify(written)}; give METRIC <= VALUE, such as 'delivery p99 <= 500ms'.`,
    )
  if (!Object.hasOwn(thresholdMetrics, metric))
    throw new LoadUsageError(
      `--threshold: there is no figure ${JSON.stringify(metric)}; ${suggestion(metric, Object.keys(thresholdMetrics))}`,
    )
  const { unit } = thresholdMetrics[metric as ThresholdMetric]
  if (unit !== 'ms' && durationMs(value) !== undefined)
    throw new LoadUsageError(`--threshold: ${metric} is no time, and ${value} is one; give a plain number.`)
  return { metric: metric as ThresholdMetric, ...(sign === '<=' ? { atMost: number } : { atLeast: number }) }
}
