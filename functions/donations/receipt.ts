/**
 * One e-mail for each counted donation that names an address. The letter goes before the mark: a kill between the two
 * sends a second letter rather than none.
 *
 * @module
 */
import type { DonationStatus } from './ledger-plan.ts'
import { type Letter, receiptLetter } from './receipt-letter.ts'

/** A donation as its record's insertion tells it. */
export interface RecordedDonation {
  readonly donationId: string
  readonly campaignId: string
  readonly amount: { readonly value: number; readonly currency: string }
  readonly name?: string
  readonly email?: string
  readonly acceptedAt: string
  readonly status: DonationStatus
}

/** SES refuses this very letter, its address for instance; another attempt would be refused alike. */
export class LetterRefusedError extends Error {
  override readonly name = 'LetterRefusedError'
  readonly code = 'LETTER_REFUSED'
}

export interface ReceiptPorts {
  /** Whether the letter was sent, strongly read. */
  readonly isSent: (donationId: string) => Promise<boolean>
  /** The campaign's name; undefined when it has none. */
  readonly campaignName: (campaignId: string) => Promise<string | undefined>
  /** Throws LetterRefusedError for good, anything else for now. */
  readonly send: (to: string, letter: Letter) => Promise<void>
  /** Puts a refused letter where a person reads it. */
  readonly setAside: (failure: { readonly donationId: string; readonly problem: string }) => Promise<void>
  /** Notes that it was sent, unless that is noted already. `at` is RFC 3339. */
  readonly markSent: (donationId: string, at: string) => Promise<void>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Sends a donation's receipt, once as far as that can be. Throws when it has to be tried again; a letter that is refused
 * for good is set aside at once, so that it holds up nobody else's.
 */
export async function sendReceipt(donation: RecordedDonation, ports: ReceiptPorts): Promise<void> {
  const { donationId, campaignId, amount, name, email, acceptedAt, status } = donation
  if (email === undefined || status !== 'counted') return
  if (await ports.isSent(donationId)) return
  const campaign = (await ports.campaignName(campaignId)) ?? campaignId
  const facts = { donationId, campaign, amount, acceptedAt, ...(name === undefined ? {} : { name }) }
  try {
    await ports.send(email, receiptLetter(facts))
  } catch (error) {
    if (!(error instanceof LetterRefusedError)) throw error
    await ports.setAside({ donationId, problem: error.message })
    return
  }
  await ports.markSent(donationId, new Date(ports.now()).toISOString())
}
