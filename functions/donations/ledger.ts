/**
 * Records donations, once each however often their messages come: per transaction up to 90 donations of one campaign
 * under keys of their own, one piece of the feed, and the heads on the condition that they are as read. After a kill
 * anywhere, the message comes again and meets its own record.
 *
 * @module
 */
import { backoffMs } from '../platform/backoff.ts'
import type { Log } from '../platform/log.ts'
import type { Time } from '../platform/time.ts'
import type { AcceptedDonation } from './donation.ts'
import {
  type CampaignHeads,
  type CampaignState,
  donationsPerTransaction,
  type LedgerTransaction,
  planTransaction,
} from './ledger-plan.ts'

/** What became of a transaction. It is all or nothing: unless `committed`, nothing was written. */
export type CommitOutcome =
  | { readonly outcome: 'committed' }
  | {
      readonly outcome: 'refused'
      /** Donations that were recorded before, with the hash of their record. */
      readonly recorded: ReadonlyMap<string, string>
      /** Heads that are not as read, as they are now; `reread` when the table did not say what they are. */
      readonly heads: 'as read' | 'reread' | Partial<CampaignHeads>
    }
  /** Another transaction on the same items was under way. */
  | { readonly outcome: 'conflict' }
  /** Throttling, a fault, or no answer: then it may have been written after all. */
  | { readonly outcome: 'busy' }

/** The ledger's tables. */
export interface LedgerStore {
  /** Strongly read. */
  read(campaignId: string): Promise<CampaignState>
  commit(campaignId: string, transaction: LedgerTransaction): Promise<CommitOutcome>
}

export interface LedgerPorts {
  readonly store: LedgerStore
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
  readonly log: Log
  /** Whether an error of the store may pass by itself. */
  readonly isPassing: (error: unknown) => boolean
  /** Default: a ULID of now. */
  readonly newEpoch?: () => string
}

/** One message of the queue. */
export interface LedgerMessage {
  readonly messageId: string
  readonly donation: AcceptedDonation
}

/**
 * Waits between attempts, by what stood in the way. The longer a writer waits for another, the staler what it knows of
 * the heads, so collisions are waited out for some transactions' time only; an outage is given longer.
 */
export const ledgerBackoff = {
  moved: { baseMs: 5, capMs: 50 },
  conflict: { baseMs: 10, capMs: 200 },
  busy: { baseMs: 50, capMs: 2_000 },
} as const

/**
 * How long after it was accepted a donation waits for its campaign to be made, ms: accept takes donations unseen while
 * the table is away, and staff may make the campaign only then. Until it is over the message comes again, every three
 * minutes; then it is recorded as unmatched, for people to settle.
 */
export const unknownCampaignMs = 3_600_000

/** Times that a moved head is tried again at once, since the refusal tells where it is. */
const movedAtOnce = 3

/** Donations whose records an instance remembers, so that most repeats never reach the table. */
const recordedMax = 10_000

/** Campaigns whose heads an instance remembers. */
const campaignsMax = 1_000

/** Records batches; keeps heads it wrote and donations it recorded from one batch to the next. Both are hints that the table's conditions check. */
export function createLedger(ports: LedgerPorts) {
  const { store, time, random, log } = ports
  const campaigns = new Map<string, CampaignState>()
  const recorded = new Map<string, string>()

  /** Answers the messages that have to come again, all of them before `deadline` (ms since 1970). */
  return async function record(
    messages: readonly LedgerMessage[],
    deadline: number,
  ): Promise<readonly LedgerMessage[]> {
    const groups = Map.groupBy(messages, (message) => message.donation.campaignId)
    const failed = await Promise.all(
      Array.from(groups, async ([campaignId, group]) => {
        const waiting = settleRecorded(group)
        try {
          await recordCampaign(campaignId, waiting, deadline)
        } catch (error) {
          log.error('donations not recorded; they come again', {
            campaignId,
            messages: waiting.length,
            error,
          })
        }
        return waiting
      }),
    )
    return failed.flat()
  }

  /** Records what is in `waiting`, and takes out of it what is done. */
  async function recordCampaign(
    campaignId: string,
    waiting: LedgerMessage[],
    deadline: number,
  ): Promise<void> {
    let attempt = 0
    while (waiting.length > 0) {
      const state = campaigns.get(campaignId) ?? (await tryRead(campaignId))
      const due = state && isUnknown(state) ? waiting.filter(isOverdue) : waiting
      if (due.length === 0) {
        log.warn('donations wait for their campaign to be made', { campaignId, messages: waiting.length })
        return
      }
      const outcome = state ? await tryOnce(campaignId, state, due, waiting) : 'busy'
      if (outcome === 'progress') {
        attempt = 0
        continue
      }
      attempt += 1
      const atOnce = outcome === 'moved' && attempt <= movedAtOnce
      const waitMs = atOnce ? 0 : backoffMs(attempt, ledgerBackoff[outcome], random)
      if (time.now() + waitMs >= deadline) {
        log.warn('out of time; donations come again', { campaignId, messages: waiting.length, attempt })
        return
      }
      if (waitMs > 0) {
        await time.sleep(waitMs)
        // Heads known before the wait have moved since, where another writer is busy: read them just before writing.
        campaigns.delete(campaignId)
      }
    }
  }

  async function tryRead(campaignId: string): Promise<CampaignState | undefined> {
    try {
      return remember(campaignId, await store.read(campaignId))
    } catch (error) {
      if (ports.isPassing(error)) return undefined
      throw error
    }
  }

  async function tryOnce(
    campaignId: string,
    state: CampaignState,
    due: readonly LedgerMessage[],
    waiting: LedgerMessage[],
  ): Promise<'progress' | 'moved' | 'conflict' | 'busy'> {
    const donations = firstOfEach(due)
    const transaction = planTransaction(state, donations, new Date(time.now()).toISOString(), ports.newEpoch)
    const result = await store.commit(campaignId, transaction)
    switch (result.outcome) {
      case 'committed': {
        remember(campaignId, { ...state, heads: transaction.after })
        for (const donation of donations) rememberRecorded(donation.donationId, donation.hash)
        reportUnmatched(campaignId, transaction)
        takeOutRecorded(waiting)
        return 'progress'
      }
      case 'conflict':
      case 'busy': {
        // Where the heads are now is not known.
        campaigns.delete(campaignId)
        return result.outcome
      }
      case 'refused': {
        for (const [donationId, hash] of result.recorded) rememberRecorded(donationId, hash)
        if (result.heads === 'reread') campaigns.delete(campaignId)
        else if (result.heads !== 'as read') {
          remember(campaignId, { ...state, heads: { ...state.heads, ...result.heads } })
        }
        const before = waiting.length
        takeOutRecorded(waiting)
        return waiting.length < before ? 'progress' : 'moved'
      }
    }
  }

  function isOverdue({ donation }: LedgerMessage): boolean {
    return Date.parse(donation.acceptedAt) + unknownCampaignMs <= time.now()
  }

  /** The messages that are still to be recorded. */
  function settleRecorded(group: readonly LedgerMessage[]): LedgerMessage[] {
    const waiting = [...group]
    takeOutRecorded(waiting)
    return waiting
  }

  function takeOutRecorded(waiting: LedgerMessage[]): void {
    let kept = 0
    for (const message of waiting) {
      const { donationId, hash, campaignId } = message.donation
      const recordedHash = recorded.get(donationId)
      if (recordedHash === undefined) waiting[kept++] = message
      else if (recordedHash !== hash) {
        // The same key with another body: accept answers 422 to it; only a race or an outage lets it come this far.
        log.warn('donation dropped: its key belongs to another donation', { donationId, campaignId })
        log.count('DonationKeyConflict')
      }
    }
    waiting.length = kept
  }

  function reportUnmatched(campaignId: string, { records }: LedgerTransaction): void {
    const unmatched = records.filter((record) => record.status === 'unmatched')
    if (unmatched.length === 0) return
    log.count('DonationUnmatched', unmatched.length)
    log.warn('donations recorded but not counted: the campaign is unknown or has another currency', {
      campaignId,
      donationIds: unmatched.map((record) => record.donation.donationId),
    })
  }

  function remember(campaignId: string, state: CampaignState): CampaignState {
    // An unknown campaign may be made at any time; it is looked for each time.
    if (isUnknown(state)) {
      campaigns.delete(campaignId)
      return state
    }
    if (campaigns.size >= campaignsMax && !campaigns.has(campaignId)) campaigns.clear()
    campaigns.set(campaignId, state)
    return state
  }

  function rememberRecorded(donationId: string, hash: string): void {
    if (recorded.size >= recordedMax) {
      const [oldest] = recorded.keys()
      if (oldest !== undefined) recorded.delete(oldest)
    }
    recorded.set(donationId, hash)
  }
}

const isUnknown = ({ campaign, heads }: CampaignState): boolean => !campaign && !heads.total

/** One donation an id, in order, as many as a transaction takes. */
function firstOfEach(waiting: readonly LedgerMessage[]): AcceptedDonation[] {
  const donations = new Map<string, AcceptedDonation>()
  for (const { donation } of waiting) {
    if (donations.has(donation.donationId)) continue
    if (donations.size === donationsPerTransaction) break
    donations.set(donation.donationId, donation)
  }
  return [...donations.values()]
}
