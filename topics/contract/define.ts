/**
 * The four kinds of topic, and what a contract's file may say of each.
 *
 * @module
 */
import { type Access, describeAccess } from './access.ts'
import { meteredUnitBytes, payloadBytesMax } from './aws-limits.ts'
import type { FeedContract, InboxContract, Load, SignalContract, StateContract } from './contract.ts'
import { TopicContractError } from './errors.ts'
import { parameterPattern, parsePattern } from './pattern.ts'
import { repliesTopic } from './signal-message.ts'
import type { StandardSchema } from './standard-schema.ts'

interface CommonOptions<Pattern extends string> {
  /** The pattern of the topic's name: `campaigns/{campaignId}/total`. At most 7 slashes and 256 bytes. */
  readonly topic: Pattern
  /** Who may subscribe, and read by `/state` and `/events`. */
  readonly subscribe: Access
  /** Largest message, bytes as AWS meters them: topic name, content type and payload. Default: 5120, one unit. At most 131072. */
  readonly maxBytes?: number
  /** Raise it when a change of the schema would mislead who reads by an older one. Default: 1. */
  readonly version?: number
  /** What is expected at the busiest; what is left out has the default of `Load`. */
  readonly load?: Partial<Load>
  /** US dollars a month that `fanfare check` lets this contract cost. Default: no bound. */
  readonly budgetPerMonth?: number
}

interface RecordedOptions<Pattern extends string> extends CommonOptions<Pattern> {
  /** Shortest time between two messages of a topic, seconds. Default: 1, AWS's limit for a retained topic. */
  readonly paceSeconds?: number
  /** `auto` stretches `paceSeconds` with the watchers counted, so that the account's quotas hold. Default: `fixed`. */
  readonly pace?: 'fixed' | 'auto'
}

export interface StateOptions<Pattern extends string, Payload> extends RecordedOptions<Pattern> {
  /** The value's schema, of any library that speaks Standard Schema. */
  readonly payload: StandardSchema<unknown, Payload>
}

export interface FeedOptions<Pattern extends string, Entry> extends RecordedOptions<Pattern> {
  /** One entry's schema, of any library that speaks Standard Schema. */
  readonly entry: StandardSchema<unknown, Entry>
  /**
   * What happens when more entries come between two messages than `maxBytes` holds. `gap`: the message carries the
   * newest that fit and says which it left out, and clients report that gap. `recover`: clients read what was left
   * out from the log. Default: `gap`, which costs a reader nothing however fast the feed runs.
   */
  readonly overflow?: 'gap' | 'recover'
}

export interface InboxOptions<Pattern extends string, Item> extends RecordedOptions<Pattern> {
  /** One item's schema, of any library that speaks Standard Schema. */
  readonly item: StandardSchema<unknown, Item>
  /** How long an unhandled item is kept, seconds. Default: 2592000, thirty days. At least 60. */
  readonly keepSeconds?: number
}

export interface SignalOptions<Pattern extends string, Payload, Reply> extends CommonOptions<Pattern> {
  /** The message's schema, of any library that speaks Standard Schema. */
  readonly payload: StandardSchema<unknown, Payload>
  /** Who may publish by MQTT. */
  readonly publish: Access
  /** What an answer looks like, when a publish of this topic is a request. Default: it is none. */
  readonly reply?: StandardSchema<unknown, Reply>
}

/** Defaults of a contract, and the only place that has them. */
export const contractDefaults = {
  paceSeconds: 1,
  pace: 'fixed',
  maxBytes: meteredUnitBytes,
  overflow: 'gap',
  version: 1,
  keepSeconds: 30 * 86_400,
  load: { audience: 1000, rate: 1, publishers: 1, topics: 1, hoursPerMonth: 730 },
} as const

/** What a figure of `load` may be at most: beyond it the arithmetic of a bill is no longer exact. */
const loadMax = 1e12

/** Hours in the longest month. */
const hoursPerMonthMax = 744

/** A topic with one current value. Throws TopicContractError when it breaks a limit of AWS. */
export function state<const Pattern extends string, Payload>(
  options: StateOptions<Pattern, Payload>,
): StateContract<Pattern, Payload> {
  return { ...common(options, 'changed'), ...recorded(options), kind: 'state', payload: options.payload }
}

/** A topic with an ordered log. Throws TopicContractError when it breaks a limit of AWS. */
export function feed<const Pattern extends string, Entry>(
  options: FeedOptions<Pattern, Entry>,
): FeedContract<Pattern, Entry> {
  const overflow = options.overflow ?? contractDefaults.overflow
  oneOf(options.topic, 'overflow', overflow, ['gap', 'recover'])
  return {
    ...common(options, 'appended'),
    ...recorded(options),
    kind: 'feed',
    entry: options.entry,
    overflow,
  }
}

/** One person's durable queue; its rule is a claim. Throws TopicContractError when it breaks a limit of AWS. */
export function inbox<const Pattern extends string, Item>(
  options: InboxOptions<Pattern, Item>,
): InboxContract<Pattern, Item> {
  const keepSeconds = options.keepSeconds ?? contractDefaults.keepSeconds
  if (options.subscribe.rule !== 'claim') {
    invalid(
      options.topic,
      `an inbox is one person's, and its rule is ${JSON.stringify(options.subscribe.rule)}`,
      "subscribe: claim('…') with the parameter that names the person",
    )
  }
  if (!Number.isInteger(keepSeconds) || keepSeconds < 60) {
    invalid(options.topic, `keepSeconds is ${keepSeconds}`, 'use whole seconds, 60 or more')
  }
  return { ...common(options, 'inbox'), ...recorded(options), kind: 'inbox', item: options.item, keepSeconds }
}

/** Fire and forget, or a request with `reply`. Throws TopicContractError when it breaks a limit of AWS. */
export function signal<const Pattern extends string, Payload, Reply = never>(
  options: SignalOptions<Pattern, Payload, Reply>,
): SignalContract<Pattern, Payload, Reply> {
  const shared = common(options, 'signalled')
  bound(options.topic, options.publish)
  return {
    ...shared,
    kind: 'signal',
    payload: options.payload,
    publish: options.publish,
    ...(options.reply ? { reply: options.reply } : {}),
  }
}

function common<Pattern extends string>(options: CommonOptions<Pattern>, verb: string) {
  const { topic, subscribe, budgetPerMonth } = options
  const segments = parsePattern(topic)
  if (segments[0]?.literal === repliesTopic) {
    invalid(topic, `${repliesTopic} is where requests are answered`, 'begin the pattern with another word')
  }
  const maxBytes = options.maxBytes ?? contractDefaults.maxBytes
  const version = options.version ?? contractDefaults.version
  if (!Number.isInteger(maxBytes) || maxBytes < 1024 || maxBytes > payloadBytesMax) {
    invalid(
      topic,
      `maxBytes is ${maxBytes}`,
      `use 1024 to ${payloadBytesMax}, the largest publish AWS IoT Core takes`,
    )
  }
  if (!Number.isInteger(version) || version < 1) invalid(topic, `version is ${version}`, 'use 1, 2, 3 …')
  const load = { ...contractDefaults.load, ...options.load }
  for (const [name, value] of Object.entries(load)) {
    const most = name === 'hoursPerMonth' ? hoursPerMonthMax : loadMax
    if (!(typeof value === 'number' && value >= 0 && value <= most)) {
      invalid(topic, `load.${name} is ${String(value)}`, `use a number from 0 to ${most}`)
    }
  }
  if (budgetPerMonth !== undefined && !(Number.isFinite(budgetPerMonth) && budgetPerMonth >= 0)) {
    invalid(topic, `budgetPerMonth is ${budgetPerMonth}`, 'use US dollars a month, 0 or more')
  }
  bound(topic, subscribe)
  const words = segments.flatMap((segment) => segment.literal ?? [])
  return {
    topic,
    subscribe,
    maxBytes,
    type: [...words, verb].join('.'),
    version,
    load,
    ...(budgetPerMonth === undefined ? {} : { budgetPerMonth }),
  }
}

function recorded({ topic, ...options }: RecordedOptions<string>) {
  const { paceSeconds = contractDefaults.paceSeconds, pace = contractDefaults.pace } = options
  if (!Number.isFinite(paceSeconds) || paceSeconds < 1 || paceSeconds > 3600) {
    invalid(
      topic,
      `paceSeconds is ${paceSeconds}`,
      'AWS IoT Core takes one retained message a second and topic: use 1 to 3600',
    )
  }
  oneOf(topic, 'pace', pace, ['fixed', 'auto'])
  return { paceSeconds, pace }
}

/** Refuses a claim that names no parameter, and a role that no token can name. */
function bound(topic: string, access: Access): void {
  // A contract file may be JavaScript, or a cast away from its types.
  if (typeof (access as Access | undefined)?.rule !== 'string') {
    invalid(
      topic,
      'who may subscribe or publish is not said',
      'use anyone, signedIn, claim(…), role(…) or nobody',
    )
  }
  if (access.rule === 'role' && !parameterPattern.test(access.role)) {
    invalid(topic, `no token holds ${describeAccess(access)}`, 'a role has 1 to 64 letters, digits, - or _')
  }
  if (access.rule !== 'claim') return
  if (parsePattern(topic).some((segment) => segment.parameter === access.claim)) return
  invalid(
    topic,
    `claim('${access.claim}') names no parameter of the pattern`,
    `put {${access.claim}} into the pattern`,
  )
}

function oneOf(topic: string, name: string, value: string, values: readonly string[]): void {
  if (values.includes(value)) return
  invalid(
    topic,
    `${name} is ${values.map((known) => `'${known}'`).join(' or ')}; got ${JSON.stringify(value)}`,
    `choose one of the ${values.length}`,
  )
}

function invalid(topic: string, problem: string, remedy: string): never {
  throw new TopicContractError('INVALID_OPTION', `topic contract ${topic}: ${problem}`, remedy)
}
