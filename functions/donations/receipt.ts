/**
 * One e-mail for each counted donation that names an address. The letter goes before the mark: a kill between the two
 * sends a second letter rather than none.
 *
 * @module
 */
import { LetterRefusedError, type SendLetter } from '../platform/mail/letter.ts'
import type { DonationStatus } from './ledger-plan.ts'
import { receiptLetter } from './receipt-letter.ts'

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

export interface ReceiptPorts {
  /** Whether the letter was sent, strongly read. */
  readonly isSent: (donationId: string) => Promise<boolean>
  /** The campaign's name; undefined when it has none. */
  readonly campaignName: (campaignId: string) => Promise<string | undefined>
  readonly send: SendLetter
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
