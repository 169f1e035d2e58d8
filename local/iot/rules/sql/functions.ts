/**
 * The functions of a rule's SQL that this broker runs. An argument of the wrong type makes Undefined.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { Message } from '../../message.ts'
import { member, toBoolean, toNumber, toText, type Value } from './values.ts'

/** What a function may know besides its arguments: the message, and who published it. */
export interface RuleContext {
  readonly message: Message
  /** The topic that functions see: without Basic Ingest's prefix. docs/aws-iot-core.md §9. */
  readonly topic: string
  /** The payload as JSON, or its bytes where it is none. */
  readonly payload: Value
  /** `n/a` for what no MQTT client published. docs/aws-iot-core.md §7. */
  readonly clientId: string
  readonly principal: string
  readonly sourceIp: string
  readonly accountId: string
  readonly traceId: string
  /** Ms since 1970. */
  readonly now: number
  /** A random UUID. */
  newUuid(): string
}

export interface SqlFunction {
  /** Fewest and most arguments. */
  readonly arity: readonly [number, number]
  readonly run: (given: readonly Value[], context: RuleContext) => Value
}

const ofText =
  (run: (text: string) => Value) =>
  ([value]: readonly Value[]): Value => {
    const text = toText(value)
    return text === undefined ? undefined : run(text)
  }
const ofTexts =
  (run: (one: string, other: string) => Value) =>
  ([left, right]: readonly Value[]): Value => {
    const [one, other] = [toText(left), toText(right)]
    return one === undefined || other === undefined ? undefined : run(one, other)
  }
const ofNumber =
  (run: (number: number) => number) =>
  ([value]: readonly Value[]): Value => {
    const number = toNumber(value)
    return number === undefined ? undefined : finite(run(number))
  }
const ofNumbers =
  (run: (one: number, other: number) => number) =>
  ([left, right]: readonly Value[]): Value => {
    const [one, other] = [toNumber(left), toNumber(right)]
    return one === undefined || other === undefined ? undefined : finite(run(one, other))
  }
const hash = (algorithm: string) => ofText((text) => createHash(algorithm).update(text).digest('hex'))

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}

const entries: Readonly<Record<string, SqlFunction>> = {
  topic: {
    arity: [0, 1],
    run: ([level], { topic }) => {
      if (level === undefined) return topic
      const number = toNumber(level)
      return number === undefined ? undefined : topic.split('/')[number - 1]
    },
  },
  clientid: { arity: [0, 0], run: (_, { clientId }) => clientId },
  principal: { arity: [0, 0], run: (_, { principal }) => principal },
  sourceip: { arity: [0, 0], run: (_, { sourceIp }) => sourceIp },
  accountid: { arity: [0, 0], run: (_, { accountId }) => accountId },
  traceid: { arity: [0, 0], run: (_, { traceId }) => traceId },
  timestamp: { arity: [0, 0], run: (_, { now }) => now },
  newuuid: { arity: [0, 0], run: (_, context) => context.newUuid() },
  get_mqtt_property: {
    arity: [1, 1],
    run: ([name], { message: { properties } }) => {
      if (name === 'format_indicator')
        return properties.payloadFormatIndicator === undefined
          ? undefined
          : properties.payloadFormatIndicator
            ? 'UTF8_DATA'
            : 'UNSPECIFIED_BYTES'
      if (name === 'content_type') return properties.contentType
      if (name === 'response_topic') return properties.responseTopic
      if (name === 'correlation_data') return properties.correlationData?.toString('base64')
      return undefined
    },
  },
  get_user_properties: {
    arity: [0, 1],
    run: ([name], { message: { properties } }) => {
      const pairs = Object.entries(properties.userProperties ?? {}).flatMap(([key, values]) =>
        (typeof values === 'string' ? [values] : values).map((value) => [key, value] as const),
      )
      if (name === undefined) return pairs.map(([key, value]) => ({ [key]: value }))
      return pairs.filter(([key]) => key === name).map(([, value]) => value)
    },
  },
  abs: { arity: [1, 1], run: ofNumber(Math.abs) },
  ceil: { arity: [1, 1], run: ofNumber(Math.ceil) },
  floor: { arity: [1, 1], run: ofNumber(Math.floor) },
  round: { arity: [1, 1], run: ofNumber((n) => Math.sign(n) * Math.round(Math.abs(n))) },
  sign: { arity: [1, 1], run: ofNumber(Math.sign) },
  sqrt: { arity: [1, 1], run: ofNumber(Math.sqrt) },
  exp: { arity: [1, 1], run: ofNumber(Math.exp) },
  ln: { arity: [1, 1], run: ofNumber(Math.log) },
  log: { arity: [1, 1], run: ofNumber(Math.log10) },
  power: { arity: [2, 2], run: ofNumbers((base, exponent) => base ** exponent) },
  mod: { arity: [2, 2], run: ofNumbers((one, other) => one % other) },
  lower: { arity: [1, 1], run: ofText((text) => text.toLowerCase()) },
  upper: { arity: [1, 1], run: ofText((text) => text.toUpperCase()) },
  length: { arity: [1, 1], run: ofText((text) => text.length) },
  numbytes: { arity: [1, 1], run: ofText((text) => Buffer.byteLength(text)) },
  trim: { arity: [1, 1], run: ofText((text) => text.trim()) },
  ltrim: { arity: [1, 1], run: ofText((text) => text.trimStart()) },
  rtrim: { arity: [1, 1], run: ofText((text) => text.trimEnd()) },
  startswith: { arity: [2, 2], run: ofTexts((text, start) => text.startsWith(start)) },
  endswith: { arity: [2, 2], run: ofTexts((text, end) => text.endsWith(end)) },
  indexof: { arity: [2, 2], run: ofTexts((text, part) => text.indexOf(part)) },
  replace: {
    arity: [3, 3],
    run: (given) => {
      const [text, from, to] = given.map(toText)
      return text === undefined || from === undefined || to === undefined
        ? undefined
        : text.replaceAll(from, () => to)
    },
  },
  substring: {
    arity: [2, 3],
    run: ([value, from, to]) => {
      const [text, start, end] = [toText(value), toNumber(from), toNumber(to)]
      if (text === undefined || start === undefined || (to !== undefined && end === undefined))
        return undefined
      return text.slice(Math.max(0, start), end === undefined ? undefined : Math.max(0, end))
    },
  },
  concat: {
    arity: [1, 100],
    run: (given) => {
      if (given.some(Array.isArray))
        return given.flat<readonly Value[]>().filter((value) => value !== undefined)
      const texts = given.map(toText)
      return texts.includes(undefined) ? undefined : texts.join('')
    },
  },
  isnull: { arity: [1, 1], run: ([value]) => value === null },
  isundefined: { arity: [1, 1], run: ([value]) => value === undefined },
  get: {
    arity: [2, 2],
    run: ([value, key]) => {
      const index = toNumber(key)
      if (Array.isArray(value)) return index === undefined ? undefined : (value as readonly Value[])[index]
      if (typeof value === 'string') return index === undefined ? undefined : value[index]
      return typeof key === 'string' ? member(value, key) : undefined
    },
  },
  get_or_default: { arity: [2, 2], run: ([value, otherwise]) => value ?? otherwise },
  cast: {
    arity: [2, 2],
    run: ([value, type]) => {
      const wanted = toText(type)?.toLowerCase()
      if (wanted === 'string') return toText(value)
      if (wanted === 'boolean' || wanted === 'bool') return toBoolean(value)
      const number = typeof value === 'boolean' ? Number(value) : toNumber(value)
      if (wanted === 'decimal' || wanted === 'float' || wanted === 'double') return number
      if (wanted === 'int' || wanted === 'integer')
        return number === undefined ? undefined : Math.floor(number)
      return undefined
    },
  },
  encode: {
    arity: [2, 2],
    run: ([value, scheme]) => {
      if (value === undefined || scheme !== 'base64') return undefined
      return Buffer.from(Buffer.isBuffer(value) ? value : (toText(value) ?? '')).toString('base64')
    },
  },
  decode: {
    arity: [2, 2],
    run: ([value, scheme]) =>
      typeof value === 'string' && scheme === 'base64' ? Buffer.from(value, 'base64').toString() : undefined,
  },
  md5: { arity: [1, 1], run: hash('md5') },
  sha1: { arity: [1, 1], run: hash('sha1') },
  sha256: { arity: [1, 1], run: hash('sha256') },
  sha512: { arity: [1, 1], run: hash('sha512') },
  nanvl: {
    arity: [2, 2],
    run: ([value, otherwise]) => toNumber(value) ?? otherwise,
  },
}

/** By name in lower case. */
export const functions: ReadonlyMap<string, SqlFunction> = new Map(Object.entries(entries))

const otherServices = 'it asks another service; do it in a Lambda'

/** Functions that AWS has and this broker does not, with the reason. */
export const refusedFunctions: ReadonlyMap<string, string> = new Map(
  Object.entries({
    aws_lambda: otherServices,
    get_dynamodb: otherServices,
    get_registry_data: otherServices,
    get_secret: otherServices,
    get_thing_shadow: otherServices,
    machinelearning_predict: otherServices,
    regexp_matches: "AWS's regular expressions are Java's",
    regexp_replace: "AWS's regular expressions are Java's",
    regexp_substr: "AWS's regular expressions are Java's",
    parse_time: "AWS's time patterns are Joda's",
    time_to_epoch: "AWS's time patterns are Joda's",
  }),
)
