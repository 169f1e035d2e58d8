/**
 * The letter that thanks for a donation.
 *
 * @module
 */
import { type Letter, letterOf } from '../platform/mail/letter.ts'

export interface ReceiptFacts {
  readonly donationId: string
  /** The campaign's name, or its identifier when the name is not to be had. */
  readonly campaign: string
  readonly amount: { readonly value: number; readonly currency: string }
  readonly name?: string
  /** RFC 3339. */
  readonly acceptedAt: string
}

/** `123456` of USD → `$1,234.56`: minor units as the currency has them, none for JPY, three for KWD. */
export function formatAmount({ value, currency }: ReceiptFacts['amount']): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency })
  return format.format(value / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}

/** Writes the letter. */
export function receiptLetter(facts: ReceiptFacts): Letter {
  const amount = formatAmount(facts.amount)
  const day = facts.acceptedAt.slice(0, 10)
  return letterOf(`Thank you for your donation to ${facts.campaign}`, [
    `Dear ${facts.name ?? 'donor'},`,
    `thank you for your donation of ${amount} to ${facts.campaign} on ${day}.`,
    `Your donation's number is ${facts.donationId}. Please keep this letter as your receipt.`,
  ])
}
