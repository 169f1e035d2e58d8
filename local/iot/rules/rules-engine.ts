/**
 * Runs the rules on each message: which match, what they make of it, and their actions, after the message's own delivery.
 * docs/aws-iot-core.md §9.
 *
 * @module
 */
import { localAccount } from '../../aws.ts'
import type { Chance } from '../../chance.ts'
import type { Clock } from '../../clock.ts'
import type { Faults } from '../../faults.ts'
import type { Message, NewMessage } from '../message.ts'
import type { LogLine } from '../options.ts'
import type { QuotaKeeper } from '../quotas/quota-keeper.ts'
import { SubscriptionTrie } from '../topics/subscription-trie.ts'
import { type Action, EventError } from './action.ts'
import { type RuleDefinition, RuleError, type RuleTargets } from './definition.ts'
import { readRule, type Rule, type RuleCounts } from './rule.ts'
import { runStatement } from './sql/evaluate.ts'
import type { RuleContext } from './sql/functions.ts'
import type { Value } from './sql/values.ts'

/** Who published a message, as rules may ask. */
export interface Publisher {
  readonly clientId: string
  readonly principal: string
  readonly sourceIp: string
}

export interface RulesEngineOptions {
  readonly rules: readonly RuleDefinition[]
  readonly targets: RuleTargets
  readonly clock: Clock
  /** Where UUIDs come from, so that a seed gives the same run. */
  readonly chance: Chance
  /** Read at each use. */
  readonly faults: Pick<Faults['iot'], 'doubleAction'>
  readonly quotas: QuotaKeeper
  readonly log: (line: LogLine) => void
  /** Publishes as a client would. Throws when it is over a quota. */
  readonly publish: (published: NewMessage) => void
}

/** A rule and what it did, for the page. */
export interface RuleStats extends RuleCounts {
  readonly name: string
  readonly sql: string
}

/** AWS gives what no MQTT client published this ID. docs/aws-iot-core.md §7. */
const noClient: Publisher = { clientId: 'n/a', principal: 'n/a', sourceIp: 'n/a' }

/** Time between two log lines of one rule, ms. */
const logEveryMs = 1000

/** Messages that rules begin with in a turn of the event loop: rules that feed each other keep nobody else waiting. */
const startsPerTurn = 100

/** Actions that may be under way, retries included; what comes beyond is dropped and counted. */
const pendingMax = 10_000
/** Republishes that one message may lead to, one by the other: two rules that feed each other would never end. */
const hopsMax = 10

export class RulesEngine {
  readonly #options: RulesEngineOptions
  readonly #rules: ReadonlyMap<string, Rule>
  readonly #byFilter = new SubscriptionTrie<Rule>()
  readonly #cancels = new Set<() => void>()
  readonly #quietUntil = new Map<string, number>()
  /** Messages that a rule matched, and that it has not run on yet. */
  readonly #due: { readonly rule: Rule; readonly context: RuleContext; readonly hops: number }[] = []
  #pending = 0
  #idle: (() => void)[] = []
  /** How many republishes led to the message being published now. */
  #hops = 0
  #closed = false

  /** @throws RuleError for a rule that would not run as AWS runs it */
  constructor(options: RulesEngineOptions) {
    this.#options = options
    const rules = new Map<string, Rule>()
    for (const definition of options.rules) {
      if (rules.has(definition.name)) throw new RuleError(definition.name, 'there are two of this name')
      const rule = readRule(definition, options.targets, options.publish)
      if (definition.enabled === false) continue
      rules.set(rule.name, rule)
      if (rule.statement.from !== undefined) this.#byFilter.add(rule.statement.from, rule, rule)
    }
    this.#rules = rules
  }

  /** How many rules there are. */
  get size(): number {
    return this.#rules.size
  }

  /** Gives a published message to the rules whose topic filter it matches. */
  offer(message: Message, publisher: Publisher | undefined, now: number): void {
    for (const rules of this.#byFilter.match(message.topic))
      for (const rule of rules.values()) this.#start(rule, message, message.topic, publisher, now)
  }

  /** Gives a Basic Ingest message to the rule that it names; `topic` is what is left of its topic. */
  ingest(name: string, message: Message, topic: string, publisher: Publisher | undefined, now: number): void {
    const rule = this.#rules.get(name)
    if (rule) this.#start(rule, message, topic, publisher, now)
    else
      this.#warn('', now, {
        rule: name,
        message: `Basic Ingest to the rule ${name}, which there is not: the message is lost. On AWS: metric RuleNotFound`,
        topic: message.topic,
      })
  }

  /** What each rule did. */
  stats(): RuleStats[] {
    return Array.from(this.#rules.values(), ({ name, sql, counts }) => Object.assign({ name, sql }, counts))
  }

  /** Resolves when no action is under way, retries included. */
  async idle(): Promise<void> {
    if (this.#pending === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Starts nothing more; what was to be tried again is not. */
  close(): void {
    this.#closed = true
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
    this.#settleIdle()
  }

  #start(rule: Rule, message: Message, topic: string, publisher: Publisher = noClient, now: number): void {
    if (this.#closed) return
    const { quotas, chance } = this.#options
    rule.counts.matched += 1
    if (quotas.take('ruleEvaluations', 1, now) === 0 || this.#pending >= pendingMax) {
      rule.counts.dropped += 1
      return
    }
    if (this.#hops >= hopsMax) {
      rule.counts.dropped += 1
      this.#warn(rule.name, now, {
        rule: rule.name,
        message: `rule ${rule.name}: the message was republished ${hopsMax} times, one by the other; do rules feed each other?`,
        topic: message.topic,
      })
      return
    }
    const context: RuleContext = {
      message,
      topic,
      payload: readPayload(message.payload),
      ...publisher,
      accountId: localAccount.accountId,
      traceId: uuid(chance),
      now,
      newUuid: () => uuid(chance),
    }
    // After the message's own delivery, and outside the publisher's call.
    this.#pending += 1
    const hops = this.#hops + 1
    if (this.#due.push({ rule, context, hops }) === 1) setImmediate(() => this.#turn())
  }

  #turn(): void {
    const begun = this.#due.slice(0, startsPerTurn)
    for (const { rule, context, hops } of begun) void this.#run(rule, context, hops)
    // Only now: what these led to stands behind them.
    this.#due.splice(0, begun.length)
    if (this.#due.length > 0) setImmediate(() => this.#turn())
  }

  async #run(rule: Rule, context: RuleContext, hops: number): Promise<void> {
    try {
      const passed = runStatement(rule.statement, context)
      if (!passed) return
      rule.counts.triggered += 1
      const failures = await Promise.all(
        rule.actions.map((action) => this.#carryOut(rule, action, passed.out, context, hops)),
      )
      const failed = failures.filter((failure) => failure !== undefined)
      if (failed.length > 0 && rule.errorAction)
        await this.#carryOut(rule, rule.errorAction, errorMessage(rule, context, failed), context, hops)
    } catch (error) {
      // A payload nested too deep for the stack, say; on AWS the rule fails alone, too.
      rule.counts.failed += 1
      this.#warn(rule.name, this.#options.clock.now(), {
        rule: rule.name,
        message: `rule ${rule.name} failed: ${messageOf(error)}`,
      })
    } finally {
      this.#pending -= 1
      if (this.#pending === 0) this.#settleIdle()
    }
  }

  /** Tries until it is done; answers the failure that an error action is told of. */
  async #carryOut(
    rule: Rule,
    action: Action,
    out: Value,
    context: RuleContext,
    hops: number,
  ): Promise<Failure | undefined> {
    const { failedAction, failedResource } = action
    for (let attempt = 0; ; attempt += 1) {
      try {
        this.#hops = hops
        const running = action.run(out, context)
        this.#hops = 0
        await running
        rule.counts.succeeded += 1
        // Rules promise at least once. docs/aws-iot-core.md §9.
        if (attempt === 0 && this.#options.chance.happens(this.#options.faults.doubleAction)) continue
        return undefined
      } catch (error) {
        this.#hops = 0
        const retryMs = error instanceof EventError ? undefined : action.retryAfterMs[attempt]
        const errorText = messageOf(error)
        this.#warn(rule.name, this.#options.clock.now(), {
          rule: rule.name,
          message: `rule ${rule.name}: ${failedAction} to ${failedResource} failed (${errorText}); ${retryMs === undefined ? 'given up' : `again in ${retryMs / 1000} s`}`,
          topic: context.message.topic,
        })
        if (retryMs !== undefined && (await this.#wait(retryMs))) continue
        rule.counts.failed += 1
        return action.isHandedOver && !(error instanceof EventError)
          ? undefined
          : { failedAction, failedResource, errorMessage: errorText }
      }
    }
  }

  /** False when the engine was closed meanwhile. */
  async #wait(ms: number): Promise<boolean> {
    if (this.#closed) return false
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, () => {
        this.#cancels.delete(giveUp)
        resolve(true)
      })
      const giveUp = (): void => {
        cancel()
        resolve(false)
      }
      this.#cancels.add(giveUp)
    })
  }

  /** Logs once a second and rule; the counts tell of the others. `key` is one of a few, so that nobody's names fill the memory. */
  #warn(key: string, now: number, line: Omit<LogLine, 'level'> & { readonly message: string }): void {
    if (now < (this.#quietUntil.get(key) ?? 0)) return
    this.#quietUntil.set(key, now + logEveryMs)
    this.#options.log({ level: 'warn', ...line })
  }

  #settleIdle(): void {
    for (const resolve of this.#idle) resolve()
    this.#idle = []
  }
}

interface Failure {
  readonly failedAction: string
  readonly failedResource: string
  readonly errorMessage: string
}

/** What an error action gets. docs/aws-iot-core.md §9. */
function errorMessage({ name }: Rule, context: RuleContext, failures: readonly Failure[]): Value {
  return {
    ruleName: name,
    topic: context.topic,
    cloudwatchTraceId: context.traceId,
    clientId: context.clientId,
    base64OriginalPayload: context.message.payload.toString('base64'),
    failures: failures.map((failure) => ({ ...failure })),
  }
}

function readPayload(payload: Buffer): Value {
  try {
    return JSON.parse(payload.toString()) as Value
  } catch {
    // No JSON: rules may still pass it on as it is.
    return payload
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A version 4 UUID drawn from the seed. */
function uuid(chance: Chance): string {
  const hex = Array.from({ length: 4 }, () =>
    Math.floor(chance.next() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0'),
  ).join('')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}
