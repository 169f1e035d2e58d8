/**
 * The ledger's tables in memory, with what may befall a request: the instance is killed before or after it took
 * effect, the answer is lost, another transaction is in the way.
 *
 * @module
 */
import type { CampaignHeads, DonationStatus, LedgerTransaction } from '../donations/ledger-plan.ts'
import type { CommitOutcome, LedgerStore } from '../donations/ledger.ts'
import type { Head, Segment } from '../platform/live-table.ts'

/** Thrown where an instance of a function dies. */
export class KilledError extends Error {
  override readonly name = 'KilledError'
}

export interface LedgerFaults {
  /** Probability, at each request, that the instance dies there. */
  kill: number
  /** Probability that a commit's answer is lost, or never was. */
  busy: number
  /** Probability that a commit conflicts with another transaction. */
  conflict: number
  /** Probability that a moved head is refused without saying what it is now. */
  reread: number
}

export class MemoryLedger {
  readonly campaigns = new Map<string, { name: string; currency: string }>()
  readonly records = new Map<string, { hash: string; status: DonationStatus; value: number }>()
  readonly heads = new Map<string, Head>()
  readonly segments = new Map<string, Segment[]>()
  readonly faults: LedgerFaults = { kill: 0, busy: 0, conflict: 0, reread: 0 }
  commits = 0
  /** Waits on the way there and on the way back; none unless told. */
  delay: () => Promise<void> = () => Promise.resolve()
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  /** The store as one instance of the function has it; `dead` once it was killed. */
  connect(): LedgerStore & { readonly dead: boolean } {
    const instance = { dead: false }
    const request = async <Result>(effect: () => Result): Promise<Result> => {
      for (let turns = Math.floor(this.#random() * 3); turns > 0; turns--) await Promise.resolve()
      await this.delay()
      if (instance.dead) throw new KilledError()
      const killed = this.#random() < this.faults.kill
      if (killed && this.#random() < 0.5) {
        instance.dead = true
        throw new KilledError()
      }
      const result = effect()
      instance.dead = killed
      await this.delay()
      if (instance.dead) throw new KilledError()
      return result
    }
    return {
      get dead() {
        return instance.dead
      },
      read: (campaignId) =>
        request(() => ({ campaign: this.campaigns.get(campaignId), heads: this.#headsOf(campaignId) })),
      commit: (campaignId, transaction) =>
        request(() => {
          if (this.#random() < this.faults.conflict) return { outcome: 'conflict' }
          if (this.#random() >= this.faults.busy) return this.#commit(campaignId, transaction)
          if (this.#random() < 0.5) this.#commit(campaignId, transaction)
          return { outcome: 'busy' }
        }),
    }
  }

  #headsOf(campaignId: string): CampaignHeads {
    return {
      total: this.heads.get(`campaigns/${campaignId}/total`),
      donations: this.heads.get(`campaigns/${campaignId}/donations`),
    }
  }

  #commit(campaignId: string, { records, topics }: LedgerTransaction): CommitOutcome {
    this.commits += 1
    const recorded = new Map<string, string>()
    for (const { donation } of records) {
      const record = this.records.get(donation.donationId)
      if (record) recorded.set(donation.donationId, record.hash)
    }
    const moved = topics.filter(({ head, before }) => {
      const now = this.heads.get(head.topic)
      return now?.epoch !== before?.epoch || now?.sequence !== before?.sequence
    })
    if (recorded.size > 0 || moved.length > 0) {
      const heads =
        moved.length === 0
          ? 'as read'
          : this.#random() < this.faults.reread
            ? 'reread'
            : this.#headsOf(campaignId)
      return { outcome: 'refused', recorded, heads }
    }
    for (const { donation, status } of records) {
      const { donationId, hash, amount } = donation
      this.records.set(donationId, { hash, status, value: amount.value })
    }
    for (const { head, segment } of topics) {
      this.heads.set(head.topic, head)
      if (segment) this.segments.set(head.topic, [...(this.segments.get(head.topic) ?? []), segment])
    }
    return { outcome: 'committed' }
  }
}
