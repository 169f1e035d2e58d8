/**
 * The letter that thanks for a donation: plain text, and simple HTML with every value escaped.
 *
 * @module
 */
export interface ReceiptFacts {
  readonly donationId: string
  /** The campaign's name, or its identifier when the name is not to be had. */
  readonly campaign: string
  readonly amount: { readonly value: number; readonly currency: string }
  readonly name?: string
  /** RFC 3339. */
  readonly acceptedAt: string
}

export interface Letter {
  readonly subject: string
  readonly text: string
  readonly html: string
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
  const lines = [
    `Dear ${facts.name ?? 'donor'},`,
    `thank you for your donation of ${amount} to ${facts.campaign} on ${day}.`,
    `Your donation's number is ${facts.donationId}. Please keep this letter as your receipt.`,
  ]
  return {
    subject: `Thank you for your donation to ${facts.campaign}`,
    text: `${lines.join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="en"><body>\n${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')}\n</body></html>\n`,
  }
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? character)
}
