/**
 * One broker's use of its quotas: how much is left, what went over, and the log of it once a second and quota.
 *
 * @module
 */
import type { LogLine } from '../options.ts'
import {
  type AccountRateId,
  type AdjustableQuotaId,
  type KeyedRateId,
  quotaCatalogue,
  type QuotaId,
  quotaIds,
} from './catalogue.ts'
import { KeyedRate } from './keyed-rate.ts'
import type { Quota } from './quota.ts'
import { quotaLimits } from './quota-limits.ts'
import { lastSecond, newRate, type Rate, takeTokens } from './rate.ts'

/** Time between two log lines of one quota, ms. */
const logEveryMs = 1000

export interface QuotaKeeperOptions {
  readonly mode: 'enforce' | 'count' | 'off'
  readonly region: string
  readonly raised?: Readonly<Partial<Record<AdjustableQuotaId, number>>> | undefined
  readonly log: (line: LogLine) => void
}

/** A quota and how much of it was used. */
export interface QuotaUse extends Quota {
  readonly id: QuotaId
  /** In the last whole second for a rate of the account, now for a level; undefined where it is counted a connection, topic or message. */
  readonly used: number | undefined
  /** In the fullest second since the start; undefined where `used` is no rate. */
  readonly usedMost: number | undefined
  readonly hits: number
}

export class QuotaKeeper {
  readonly mode: 'enforce' | 'count' | 'off'
  readonly region: string
  readonly limits: Readonly<Record<QuotaId, number>>
  /** Times over each quota, refused or not. */
  readonly hits = zeros()
  readonly #rates: Record<AccountRateId, Rate>
  readonly #keyedRates: Record<KeyedRateId, KeyedRate>
  readonly #log: (line: LogLine) => void
  /** No log line of a quota before this, ms since 1970, and the hits that its last one told. */
  readonly #quietUntil = zeros()
  readonly #told = zeros()

  /** @throws RangeError for limits that AWS would not raise */
  constructor({ mode, region, raised, log }: QuotaKeeperOptions) {
    this.mode = mode
    this.region = region
    this.#log = log
    this.limits = quotaLimits(region, raised)
    this.#rates = Object.fromEntries(
      quotaIds.filter(isAccountRate).map((id) => [id, newRate(this.limits[id])]),
    ) as Record<AccountRateId, Rate>
    this.#keyedRates = Object.fromEntries(
      quotaIds.filter(isKeyedRate).map((id) => [id, new KeyedRate(this.limits[id])]),
    ) as Record<KeyedRateId, KeyedRate>
  }

  /** Takes up to `n` of an account's rate; answers how many may pass. The rest is counted, and logged once a second. */
  take(id: AccountRateId, n: number, now: number): number {
    if (this.mode === 'off') return n
    const taken = takeTokens(this.#rates[id], n, now)
    if (taken === n) return n
    this.hit(id, now, n - taken)
    return this.mode === 'enforce' ? taken : n
  }

  /** Whether one more of this topic, client ID or thing is over its rate, which is counted, and logged once a second. */
  isOver(id: KeyedRateId, key: string, now: number, seen: Readonly<Record<string, unknown>>): boolean {
    if (this.mode === 'off') return false
    const lastMsAgo = this.#keyedRates[id].overSince(key, now)
    if (lastMsAgo === undefined) return false
    this.hit(id, now, 1, { ...seen, lastMsAgo })
    return this.mode === 'enforce'
  }

  /** Counts one that passes, toward the rate of its topic, client ID or thing. */
  note(id: KeyedRateId, key: string, now: number): void {
    if (this.mode !== 'off') this.#keyedRates[id].note(key, now)
  }

  /** Forgets what no longer counts. */
  sweep(now: number): void {
    for (const rate of Object.values(this.#keyedRates)) rate.sweep(now)
  }

  /** Whether one more fits when there are `level` now. */
  hasRoom(id: QuotaId, level: number, now: number): boolean {
    const isBound = isBoundAlways(id)
    if (level < this.limits[id] || (this.mode === 'off' && !isBound)) return true
    this.hit(id, now)
    return this.mode === 'count' && !isBound
  }

  /** Counts what is over a quota, and logs it once a second. `seen` is what was seen, for the log: a client, a topic. */
  hit(id: QuotaId, now: number, times = 1, seen?: Readonly<Record<string, unknown>>): void {
    if (this.count(id, now, times)) this.tell(id, now, seen)
  }

  /** Counts what is over a quota; answers whether the second's log line is due. For where every delivery may be over. */
  count(id: QuotaId, now: number, times: number): boolean {
    this.hits[id] += times
    // A clock that was set back does not silence it for longer.
    return Math.abs(this.#quietUntil[id] - now - logEveryMs) >= logEveryMs
  }

  /** Logs the hits of a quota since its last line. */
  tell(id: QuotaId, now: number, seen?: Readonly<Record<string, unknown>>): void {
    this.#quietUntil[id] = now + logEveryMs
    const times = this.hits[id] - this.#told[id]
    this.#told[id] = this.hits[id]
    const quota: Quota = quotaCatalogue[id]
    const what = this.mode === 'enforce' || isBoundAlways(id) ? quota.over : 'counted only'
    this.#log({
      level: 'warn',
      message: `over the quota "${quota.name}" (${this.limits[id]} ${quota.unit}, per ${quota.per}): ${what}. On AWS: ${quota.seen}`,
      quota: id,
      times,
      quotas: this.mode,
      ...seen,
    })
  }

  /** Every quota with its use; `levels` are the numbers that only the broker knows. */
  use(now: number, levels: Readonly<Partial<Record<QuotaId, number>>>): QuotaUse[] {
    return quotaIds.map((id) => {
      const rate = isAccountRate(id) ? this.#rates[id] : undefined
      return Object.assign({ id }, quotaCatalogue[id], {
        value: this.limits[id],
        used: rate ? lastSecond(rate, now) : levels[id],
        usedMost: rate?.wantedMost,
        hits: this.hits[id],
      })
    })
  }
}

function zeros(): Record<QuotaId, number> {
  return Object.fromEntries(quotaIds.map((id) => [id, 0])) as Record<QuotaId, number>
}

/** Bounds of one thing are kept whatever the mode: nothing here grows without them. */
function isBoundAlways(id: QuotaId): boolean {
  const { kind }: Quota = quotaCatalogue[id]
  return kind === 'bound'
}

function isKeyedRate(id: QuotaId): id is KeyedRateId {
  const { kind, per }: Quota = quotaCatalogue[id]
  return kind === 'rate' && (per === 'topic' || per === 'client ID' || per === 'thing')
}

function isAccountRate(id: QuotaId): id is AccountRateId {
  const { kind, per }: Quota = quotaCatalogue[id]
  return kind === 'rate' && per === 'account'
}
