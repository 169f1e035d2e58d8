/**
 * What a scenario file may say. docs/loadtest.md explains each setting; `build-plan.ts` makes a plan of it.
 *
 * @module
 */
import * as v from 'valibot'
import { prices } from '../../topics/cost/prices.ts'
import { thresholdMetrics } from '../plan.ts'
import { durationExample, durationMs } from './duration.ts'
import { suggestion } from './nearest.ts'

/** The value seen, no longer than a line. */
const saw = (value: unknown): string => {
  if (value === undefined) return 'is missing'
  // JSON has no word for these.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value)
  return `got ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`
}

/** A mapping that takes only these settings. */
function settings<const Entries extends v.ObjectEntries>(name: string, entries: Entries) {
  return v.strictObject(entries, (issue) => {
    if (issue.expected === 'never') {
      const last = issue.path?.at(-1)?.key
      const key = typeof last === 'string' ? last : ''
      return `is no setting of ${name}; ${suggestion(key, Object.keys(entries))}`
    }
    const path = issue.path?.at(-1)
    if (issue.received === 'undefined' && path) return `is missing; ${name} needs it (docs/loadtest.md)`
    return `${saw(issue.input)}; write ${name} as settings, one \`name: value\` a line`
  })
}

const number = (wanted: string, low: number, high = Number.MAX_SAFE_INTEGER) => {
  const message = (issue: v.BaseIssue<unknown>) => `${saw(issue.input)}; give ${wanted}`
  return v.pipe(v.number(message), v.finite(message), v.minValue(low, message), v.maxValue(high, message))
}
const whole = (wanted: string, low: number, high = Number.MAX_SAFE_INTEGER) => {
  const message = (issue: v.BaseIssue<unknown>) => `${saw(issue.input)}; give ${wanted}`
  return v.pipe(number(wanted, low, high), v.integer(message))
}
const text = (wanted: string) => {
  const message = (issue: v.BaseIssue<unknown>) => `${saw(issue.input)}; give ${wanted}`
  return v.pipe(v.string(message), v.minLength(1, message))
}
const oneOf = <const Options extends readonly (string | number)[]>(options: Options) =>
  v.picklist(options, (issue) =>
    typeof issue.input === 'string'
      ? `got ${JSON.stringify(issue.input)}; ${suggestion(issue.input, options.map(String))}`
      : `${saw(issue.input)}; give one of ${options.join(', ')}`,
  )
const list = <Schema extends v.GenericSchema>(of: Schema, what: string) =>
  v.array(of, (issue) => `${saw(issue.input)}; give a list of ${what}, each with a dash before it`)

const duration = v.pipe(
  v.string((issue) => `${saw(issue.input)}; give ${durationExample}`),
  v.check(
    (value) => durationMs(value) !== undefined,
    (issue) => `${saw(issue.input)}; give ${durationExample}`,
  ),
  v.transform((value) => durationMs(value) ?? 0),
)

const perSecond = number('so many a second: 0 or more', 0)
const count = whole('a whole number, 0 or more', 0)
const addresses = whole('how many source addresses: 1 to 60000', 1, 60_000)
const headers = v.record(
  v.string(),
  text('the header’s value as a text'),
  (issue) => `${saw(issue.input)}; give headers, one \`name: value\` a line`,
)

/** `POST /donations`: what a request is written as. */
export const requestForm = /^(GET|POST|PUT|PATCH|DELETE) \/\S*$/

const request = {
  request: v.pipe(
    text('a method and a path, such as POST /donations'),
    v.regex(requestForm, (issue) => `${saw(issue.input)}; give a method and a path, such as POST /donations`),
  ),
  headers: v.optional(headers, {}),
  /** Anything JSON; `{name}` in it is filled from `params`, `{row.column}` from the arrivals' file, `{run}`, `{index}` as it is sent. */
  body: v.optional(v.unknown()),
  expect: v.optional(
    list(whole('an HTTP status: 100 to 599', 100, 599), 'HTTP statuses'),
    [200, 201, 202, 204],
  ),
}

const rate = v.union(
  [perSecond, settings('a rate that changes', { from: perSecond, to: perSecond })],
  (issue) => `${saw(issue.input)}; give so many a second, or { from: 1, to: 20 } for a ramp`,
)

const arrivals = settings('arrivals of a file', {
  /** CSV with a header line, beside the scenario. */
  file: text('the path of a CSV file, relative to the scenario'),
  /** Its column of times, ISO 8601. */
  at: v.optional(text('the name of the column of times'), 'at'),
  /** Only the busiest stretch so long. */
  busiest: v.optional(duration),
  /** The stretch's spacing is kept, but made so short. */
  within: v.optional(duration),
  /** Where in it this phase begins, after compression. */
  skip: v.optional(duration, '0s'),
})

const publisher = settings('a publisher', {
  name: v.optional(text('a name')),
  via: oneOf(['mqtt', 'data-plane', 'http']),
  topic: v.optional(text('a topic or a contract’s pattern')),
  rate: v.optional(rate),
  spacing: v.optional(oneOf(['even', 'poisson']), 'even'),
  arrivals: v.optional(arrivals),
  /** In place of values made from the contract's schema. */
  values: v.optional(list(v.unknown(), 'values')),
  qos: v.optional(oneOf([0, 1]), 0),
  connections: v.optional(whole('how many MQTT connections: 1 to 1000', 1, 1000)),
  request: v.optional(request.request),
  headers: request.headers,
  body: request.body,
  expect: request.expect,
  changes: v.optional(list(text('a topic or a contract’s pattern'), 'topics'), []),
  addresses: v.optional(addresses, 1),
})

const heard = v.union(
  [
    text('a topic or a contract’s pattern'),
    settings('a topic that is heard', {
      topic: text('a topic or a contract’s pattern'),
      weight: v.optional(number('a chance from 0 to 1', 0, 1), 1),
    }),
  ],
  (issue) => `${saw(issue.input)}; give a topic, or { topic: …, weight: 0.5 }`,
)

const subscribers = settings('a group of subscribers', {
  name: v.optional(text('a name'), 'subscribers'),
  topics: v.pipe(list(heard, 'topics'), v.minLength(1, 'is empty; name a topic that the group hears')),
  from: v.optional(count),
  to: count,
  connectPerSecond: v.optional(number('connections a second, above 0', 0.001)),
  joinLeavePerSecond: v.optional(perSecond, 0),
  thinkTime: v.optional(duration, '0s'),
  readBytesPerSecond: v.optional(whole('bytes a second, 1 or more', 1)),
  qos: v.optional(oneOf([0, 1]), 0),
  addresses: v.optional(addresses),
})

const cut = settings('a cut', {
  at: duration,
  share: v.optional(number('a part from 0 to 1', 0, 1), 1),
  returnWithin: v.optional(duration, '1s'),
})

const flood = settings('a flood', {
  name: v.optional(text('a name')),
  kind: oneOf(['session', 'connect', 'request']),
  /** Of `connect`: what it connects with. */
  token: v.optional(oneOf(['forged', 'expired'])),
  request: v.optional(request.request),
  headers: request.headers,
  body: request.body,
  at: v.optional(duration, '0s'),
  duration: v.optional(duration),
  perSecond: number('attempts a second, above 0', 0.001),
  addresses: v.optional(addresses, 1),
})

const phase = settings('a phase', {
  name: text('a name'),
  duration: v.pipe(
    duration,
    v.check(
      (ms) => ms >= 100,
      () => 'is shorter than 100ms; give a phase a second or more',
    ),
  ),
  subscribers: v.optional(list(subscribers, 'groups'), []),
  publishers: v.optional(list(publisher, 'publishers'), []),
  cuts: v.optional(list(cut, 'cuts'), []),
  floods: v.optional(list(flood, 'floods'), []),
})

const metrics = Object.keys(thresholdMetrics) as (keyof typeof thresholdMetrics)[]

/** A count, a duration for a metric in ms. */
const bound = v.union(
  [v.pipe(v.number(), v.finite(), v.minValue(0)), duration],
  (issue) => `${saw(issue.input)}; give a number, or ${durationExample}`,
)

const threshold = settings('a threshold', {
  metric: oneOf(metrics),
  topic: v.optional(text('a topic or a contract’s pattern')),
  phase: v.optional(text('the name of a phase')),
  atMost: v.optional(bound),
  atLeast: v.optional(bound),
  atMostTimes: v.optional(number('how many times, above 0', 0.001)),
  ofPhase: v.optional(text('the name of a phase')),
})

export const loadScenarioSchema = settings('a scenario', {
  name: text('a name'),
  seed: v.optional(whole('a whole number', 0), 1),
  region: v.optional(oneOf(Object.keys(prices))),
  params: v.optional(
    v.record(
      v.string(),
      text('a parameter’s value as a text'),
      (issue) => `${saw(issue.input)}; give parameters, one \`name: value\` a line`,
    ),
    {},
  ),
  prepare: v.optional(list(settings('a request beforehand', request), 'requests'), []),
  phases: v.pipe(list(phase, 'phases'), v.minLength(1, 'is empty; a scenario has at least one phase')),
  thresholds: v.optional(list(threshold, 'thresholds'), []),
  settle: v.optional(duration, '5s'),
  projection: v.optional(
    settings('a projection', {
      audience: whole('how many people: 1 or more', 1),
      hours: v.optional(number('hours, above 0', 0.001), 1),
    }),
  ),
})

export type LoadScenario = v.InferOutput<typeof loadScenarioSchema>
export type ScenarioPhase = LoadScenario['phases'][number]
export type ScenarioPublisher = ScenarioPhase['publishers'][number]
export type ScenarioSubscribers = ScenarioPhase['subscribers'][number]
