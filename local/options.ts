/**
 * The settings of the local stack: every environment variable it reads, with its default.
 *
 * @module
 */
import * as v from 'valibot'
import { connectionLifeSeconds } from '../topics/contract/aws-limits.ts'

const port = v.pipe(
  v.string(),
  v.regex(/^\d{1,5}$/, 'a port: 0 to 65535 (0 takes a free one)'),
  v.transform(Number),
  v.maxValue(65_535, 'a port: 0 to 65535 (0 takes a free one)'),
)
const whole = (what: string) => v.pipe(v.string(), v.regex(/^\d{1,9}$/, what), v.transform(Number))
const between = (min: number, max: number) => {
  const what = `a whole number from ${min} to ${max}`
  return v.pipe(whole(what), v.minValue(min, what), v.maxValue(max, what))
}

/** The token that the local stack takes for staff. It is no secret: the stack listens on this machine only. */
export const developmentStaffToken = 'development-staff-token'

/** The client secret that Intercom's notifications are signed with here. No secret either. */
export const developmentIntercomSecret = 'development-intercom-client-secret'

/** Each variable: its schema, its default, and what it means. `npm start -- --help` prints this table, docs/configuration.md has it too. */
export const localVariables = {
  PORT: { schema: port, default: '4000', meaning: 'the site and the HTTP API' },
  IOT_PORT: {
    schema: port,
    default: '4001',
    meaning: 'IoT Core: MQTT over WebSocket at /mqtt, and its data plane',
  },
  AWS_PORT: { schema: port, default: '4002', meaning: 'the other services, for tools: aws --endpoint-url' },
  FANFARE_DATA: {
    schema: v.string(),
    default: '.fanfare/data',
    meaning: 'folder of the tables, queues, keys and letters',
  },
  FANFARE_SEED: {
    schema: whole('a whole number'),
    default: '1',
    meaning: 'seed of the faults, where any are on',
  },
  FANFARE_INSTANCES: {
    schema: between(1, 64),
    default: '2',
    meaning: 'instances of one function at most; AWS would start more',
  },
  IOT_QUOTAS: {
    schema: v.picklist(['enforce', 'count', 'off'], 'enforce, count or off'),
    default: 'enforce',
    meaning: "IoT Core's quotas: enforce, count or off",
  },
  SESSIONS_PER_MINUTE: {
    schema: between(1, 1_000_000),
    default: '120',
    meaning: 'sessions an address may open in a minute',
  },
  SESSION_SECONDS: {
    schema: between(connectionLifeSeconds.min, connectionLifeSeconds.max),
    default: '3600',
    meaning: "life of a visitor's token, seconds",
  },
  LOG_LEVEL: {
    schema: v.picklist(['DEBUG', 'INFO', 'WARN', 'ERROR'], 'DEBUG, INFO, WARN or ERROR'),
    default: 'INFO',
    meaning: 'what the functions log, to lambda/logs in the data folder',
  },
} as const

export type LocalSettings = {
  readonly [Name in keyof typeof localVariables]: v.InferOutput<(typeof localVariables)[Name]['schema']>
}

/** A setting that cannot be used: one line with the value and the remedy. */
export class LocalSettingError extends Error {
  override readonly name = 'LocalSettingError'
}

/** The settings in the environment, defaults filled in. Throws LocalSettingError. */
export function readLocalSettings(env: NodeJS.ProcessEnv): LocalSettings {
  const entries = Object.entries(localVariables).map(([name, variable]) => {
    const given = env[name] ?? variable.default
    const result = v.safeParse(variable.schema, given)
    if (result.success) return [name, result.output]
    throw new LocalSettingError(`${name} is ${JSON.stringify(given)}; give ${result.issues[0].message}.`)
  })
  return Object.fromEntries(entries) as LocalSettings
}

/** The help text of `npm start`. */
export function localHelp(): string {
  const lines = Object.entries(localVariables).map(
    ([name, { default: value, meaning }]) => `  ${name.padEnd(20)}${meaning} (default ${value})`,
  )
  return `npm start [-- --fresh] [-- --help]

Starts the whole system on this machine: the functions of serverless.yml and all of AWS that they need.

  --fresh             empties the data folder first
  --help              this text

Environment variables:
${lines.join('\n')}
`
}
