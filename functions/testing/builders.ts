import type { AcceptedDonation } from '../donations/donation.ts'
import { hashDonation } from '../donations/donation.ts'

/** An accepted donation of 5.00 USD to campaign `c1`; `id` makes its donationId. */
export function aDonation(
  id: number,
  changes: Partial<Omit<AcceptedDonation, 'donationId' | 'hash'>> = {},
): AcceptedDonation {
  const donation = { campaignId: 'c1', amount: { value: 500, currency: 'USD' }, ...changes }
  return {
    donationId: donationId(id),
    ...donation,
    hash: hashDonation(donation),
    acceptedAt: changes.acceptedAt ?? '2026-01-01T00:00:00.000Z',
  }
}

/** 26 characters of base32 that end in the number. */
export function donationId(id: number): string {
  return id
    .toString(32)
    .replaceAll(/[0189]/g, (digit) => ({ '0': 'w', '1': 'x', '8': 'y', '9': 'z' })[digit] ?? '')
    .padStart(26, 'a')
}
