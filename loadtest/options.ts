/**
 * The command line of the load tester.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import { prices } from '../topics/cost/prices.ts'
import { type Authentication, loadLimitDefaults, type LoadLimits } from './plan.ts'
import { durationExample, durationMs } from './scenario/duration.ts'

export const loadHelp = `npm run load -- TOPIC [options]
npm run load -- --scenario FILE [options]
npm run load -- --report FILE.json [--html FILE]

Puts load on a topic and says whether it holds: every subscriber checks every message, latency counts from the time planned.
docs/loadtest.md says how to read the report. Exit code: 0 when every threshold holds, 1 when one does not or the run did
not come to its end, 2 for a command line or scenario that makes no sense, 130 after Ctrl-C.

  TOPIC                  a contract's pattern, campaigns/{campaignId}/total, or a topic's name
  --param NAME=VALUE     fills {NAME}; again for another
  --subscribers N        connections that hear it (default: the contract's load.audience, 1000 at the most)
  --connect-per-second N how fast they come (default 200)
  --join-leave N         so many leave a second, and as many come (default 0)
  --rate N               messages a second (default: the contract's load.rate)
  --duration TIME        how long (default 60s), after everyone is there
  --via WAY              data-plane, mqtt, or http (default: data-plane, mqtt for a signal)
  --request 'POST /path' what is sent with --via http; --body JSON, --header NAME:VALUE beside it
  --qos 0|1              of subscribers and of publishes over MQTT (default 0)
  --seed N               of arrivals, choices and payloads (default 1)
  --threshold 'METRIC <= VALUE'   a figure that must hold: 'lost <= 0', 'delivery p99 <= 500ms'; again for another
                         (default: lost, unfit, refused connections and request errors <= 0)

  --scenario FILE        phases, several topics, joiners, cuts, floods, thresholds (data/scenarios/load-telethon.yml)

  --target URL           base of the HTTP API (default http://localhost:4000, or PORT)
  --yes                  the target is not this machine, and it is meant
  --mqtt URL             MQTT over WebSocket (default: this machine's, or what a session names, at --target's host)
  --data-plane URL       IoT data plane (default: this machine's)
  --session URL          where sessions are had (default TARGET/session)
  --authorizer NAME      custom-authorizer token in place of sessions, in the variable LOAD_TOKEN, its signature in
                         LOAD_TOKEN_SIGNATURE; --token-key NAME is the query parameter's (default token)
  --sigv4                AWS credentials of the environment in place of sessions
  --region REGION        whose prices and quotas hold: ${Object.keys(prices).join(', ')}
  --contracts FOLDER     of the contract files (default topics)

  --max-rate N           refuses a plan with more a second (default ${loadLimitDefaults.perSecond})
  --max-connections N    (default ${loadLimitDefaults.connections})
  --max-duration TIME    (default ${loadLimitDefaults.durationMs / 60_000}m)
  --audience N           projects the bill to so many people; --hours N for how long (default 1)

  --json FILE            the report as JSON; --compare FILE compares with an earlier one
  --html FILE            the report as one page
  --report FILE          shows an earlier run's report again, from its JSON, and sends nothing
  --plan                 says what would be done and what it would cost, and does nothing
  --help

  npm run load -- campaigns/{campaignId}/total --param campaignId=red-nose --subscribers 5000 --rate 20 --duration 60s
`

/** Arguments that make no sense: one line with the remedy, exit code 2. */
export class LoadUsageError extends Error {
  override readonly name = 'LoadUsageError'
  readonly code = 'USAGE'
}

export interface LoadOptions {
  readonly topic: string | undefined
  readonly scenario: string | undefined
  /** A report to show again, in place of a run. */
  readonly report: string | undefined
  readonly params: Readonly<Record<string, string>>
  readonly subscribers: number | undefined
  readonly connectPerSecond: number
  readonly joinLeave: number
  readonly rate: number | undefined
  readonly durationMs: number
  readonly via: 'mqtt' | 'data-plane' | 'http' | undefined
  readonly request: string | undefined
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
  readonly qos: 0 | 1
  readonly seed: number | undefined
  readonly thresholds: readonly string[]
  readonly target: string | undefined
  readonly yes: boolean
  readonly mqtt: string | undefined
  readonly dataPlane: string | undefined
  readonly authentication: Authentication | undefined
  readonly region: string | undefined
  readonly contracts: string
  readonly limits: LoadLimits
  readonly projection: { readonly audience: number; readonly hours: number } | undefined
  readonly json: string | undefined
  readonly html: string | undefined
  readonly compare: string | undefined
  readonly planOnly: boolean
}

const text = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const
const again = { type: 'string', multiple: true, default: [] as string[] } as const satisfies {
  type: 'string'
  multiple: true
  default: string[]
}

/** The options in an argument list, or 'help'. Throws LoadUsageError. */
export function readLoadOptions(args: readonly string[]): LoadOptions | 'help' {
  const { values, positionals } = parse(args)
  if (values.help) return 'help'
  if (positionals.length > 1)
    throw new LoadUsageError(
      `one topic at a time; got ${positionals.join(', ')}. Several stand in a scenario: --scenario FILE.`,
    )
  const [topic] = positionals
  if (values.report !== undefined) refuseBesideReport(values, topic)
  else if ((topic === undefined) === (values.scenario === undefined))
    throw new LoadUsageError(
      topic === undefined
        ? 'no topic; name one, or --scenario FILE.'
        : 'a topic and a scenario; give one of them.',
    )
  if (values.scenario !== undefined) refuseBeside(values)
  if (values.hours !== undefined && values.audience === undefined)
    throw new LoadUsageError('--hours is for a projection; give --audience N beside it.')
  if (values.request === undefined && values.report === undefined && values.scenario === undefined) {
    if (values.via === 'http')
      throw new LoadUsageError("--via http says what it sends; give --request 'POST /path'.")
    if (values.body !== undefined || values.header.length > 0)
      throw new LoadUsageError(
        "--body and --header are of an HTTP request; give --request 'POST /path' beside them.",
      )
  }
  if (values.request !== undefined && values.via !== undefined && values.via !== 'http')
    throw new LoadUsageError(
      `--request is sent over HTTP, and --via is ${values.via}; leave one of them out.`,
    )
  const maxDuration = values['max-duration']
  return {
    topic,
    scenario: values.scenario,
    report: values.report,
    params: pairs(values.param, '=', '--param', 'NAME=VALUE'),
    subscribers: wholeOf('--subscribers', values.subscribers),
    connectPerSecond:
      aboveZero('--connect-per-second', numberOf('--connect-per-second', values['connect-per-second'])) ??
      200,
    joinLeave: numberOf('--join-leave', values['join-leave']) ?? 0,
    rate: numberOf('--rate', values.rate),
    durationMs: timeOf('--duration', values.duration ?? '60s'),
    via: oneOf('--via', values.via, ['mqtt', 'data-plane', 'http']),
    request: values.request,
    body: values.body === undefined ? undefined : jsonOf('--body', values.body),
    headers: pairs(values.header, ':', '--header', 'NAME:VALUE'),
    qos: Number(oneOf('--qos', values.qos, ['0', '1']) ?? 0) as 0 | 1,
    seed: wholeOf('--seed', values.seed),
    thresholds: values.threshold,
    target: values.target,
    yes: values.yes,
    mqtt: values.mqtt,
    dataPlane: values['data-plane'],
    authentication: authenticationOf(values),
    region: oneOf('--region', values.region, Object.keys(prices)),
    contracts: values.contracts,
    limits: {
      perSecond: numberOf('--max-rate', values['max-rate']) ?? loadLimitDefaults.perSecond,
      connections: wholeOf('--max-connections', values['max-connections']) ?? loadLimitDefaults.connections,
      durationMs:
        maxDuration === undefined ? loadLimitDefaults.durationMs : timeOf('--max-duration', maxDuration),
    },
    projection:
      values.audience === undefined
        ? undefined
        : {
            audience: aboveZero('--audience', wholeOf('--audience', values.audience)) ?? 0,
            hours: aboveZero('--hours', numberOf('--hours', values.hours)) ?? 1,
          },
    json: values.json,
    html: values.html,
    compare: values.compare,
    planOnly: values.plan,
  }
}

const optionsOfTopic = [
  'subscribers',
  'connect-per-second',
  'join-leave',
  'rate',
  'duration',
  'via',
  'request',
  'body',
  'qos',
] as const

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        param: again,
        subscribers: text,
        'connect-per-second': text,
        'join-leave': text,
        rate: text,
        duration: text,
        via: text,
        request: text,
        body: text,
        header: again,
        qos: text,
        seed: text,
        threshold: again,
        scenario: text,
        target: text,
        yes: flag,
        mqtt: text,
        'data-plane': text,
        session: text,
        authorizer: text,
        'token-key': text,
        sigv4: flag,
        region: text,
        contracts: { type: 'string', default: 'topics' },
        'max-rate': text,
        'max-connections': text,
        'max-duration': text,
        audience: text,
        hours: text,
        json: text,
        html: text,
        report: text,
        compare: text,
        plan: flag,
        help: flag,
      },
    })
  } catch (error) {
    throw new LoadUsageError(`${(error as Error).message.split('\n')[0]} See npm run load -- --help.`)
  }
}

type Values = ReturnType<typeof parse>['values']

function refuseBeside(values: Values): void {
  const given = optionsOfTopic.find((name) => values[name] !== undefined)
  if (given !== undefined)
    throw new LoadUsageError(`--${given} belongs to a single topic; with --scenario it stands in the file.`)
  if (values.threshold.length > 0)
    throw new LoadUsageError('--threshold belongs to a single topic; with --scenario it stands in the file.')
}

function refuseBesideReport(values: Values, topic: string | undefined): void {
  const given = [
    ...(topic === undefined ? [] : ['a topic']),
    ...(['scenario', 'compare', 'target'] as const).filter((name) => values[name] !== undefined),
  ]
  if (given.length > 0)
    throw new LoadUsageError(`--report shows a run that was; leave ${given.join(', ')} out.`)
}

function authenticationOf(values: Values): Authentication | undefined {
  const { session, authorizer, sigv4 } = values
  const tokenKey = values['token-key']
  if ([session !== undefined, authorizer !== undefined, sigv4].filter(Boolean).length > 1)
    throw new LoadUsageError('--session, --authorizer and --sigv4 are three ways to connect; give one.')
  if (tokenKey !== undefined && authorizer === undefined)
    throw new LoadUsageError('--token-key is of a custom authorizer; give --authorizer NAME beside it.')
  if (session !== undefined) return { kind: 'session', url: session }
  if (sigv4) return { kind: 'sigv4' }
  if (authorizer === undefined) return undefined
  return {
    kind: 'token',
    authorizer,
    tokenKey: tokenKey ?? 'token',
    tokenVariable: 'LOAD_TOKEN',
    signatureVariable: 'LOAD_TOKEN_SIGNATURE',
  }
}

function pairs(
  written: readonly string[],
  by: string,
  option: string,
  form: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    written.map((pair) => {
      const at = pair.indexOf(by)
      if (at < 1) throw new LoadUsageError(`${option} is ${JSON.stringify(pair)}; give ${form}.`)
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
    }),
  )
}

function numberOf(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const number = Number(given)
  if (given.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new LoadUsageError(`${option} is ${JSON.stringify(given)}; give a number, 0 or more.`)
  return number
}

function aboveZero(option: string, number: number | undefined): number | undefined {
  if (number === 0) throw new LoadUsageError(`${option} is 0; give a number above 0.`)
  return number
}

function wholeOf(option: string, given: string | undefined): number | undefined {
  const number = numberOf(option, given)
  if (number !== undefined && !Number.isSafeInteger(number))
    throw new LoadUsageError(`${option} is ${given}; give a whole number.`)
  return number
}

function timeOf(option: string, given: string): number {
  const ms = durationMs(given)
  if (ms === undefined || ms <= 0)
    throw new LoadUsageError(`${option} is ${JSON.stringify(given)}; give ${durationExample}.`)
  return ms
}

function oneOf<const Option extends string>(
  option: string,
  given: string | undefined,
  options: readonly Option[],
): Option | undefined {
  if (given === undefined) return undefined
  const found = options.find((one) => one === given)
  if (found === undefined)
    throw new LoadUsageError(`${option} is ${JSON.stringify(given)}; give one of ${options.join(', ')}.`)
  return found
}

function jsonOf(option: string, given: string): unknown {
  try {
    return JSON.parse(given)
  } catch (error) {
    throw new LoadUsageError(
      `${option} is no JSON (${(error as Error).message}); quote it for the shell: --body '{"a":1}'.`,
    )
  }
}
