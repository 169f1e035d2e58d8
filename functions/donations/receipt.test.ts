import { describe, expect, it } from 'vitest'
import { readDonationImage } from './dynamodb-receipts.ts'
import { type Letter, LetterRefusedError } from '../platform/mail/letter.ts'
import { formatAmount, receiptLetter } from './receipt-letter.ts'
import { type RecordedDonation, sendReceipt } from './receipt.ts'

const donation: RecordedDonation = {
  donationId: 'd1',
  campaignId: 'c1',
  amount: { value: 123_456, currency: 'USD' },
  name: 'Ann',
  email: 'ann@example.org',
  acceptedAt: '2026-01-01T00:00:00.000Z',
  status: 'counted',
}

function aStage() {
  const stage = {
    sent: [] as { to: string; letter: Letter }[],
    marked: new Set<string>(),
    fail: undefined as Error | undefined,
    aside: [] as unknown[],
  }
  const ports = {
    isSent: (id: string) => Promise.resolve(stage.marked.has(id)),
    campaignName: () => Promise.resolve('Telethon'),
    send: (to: string, letter: Letter) => {
      if (stage.fail) return Promise.reject(stage.fail)
      stage.sent.push({ to, letter })
      return Promise.resolve()
    },
    setAside: (failure: object) => Promise.resolve(void stage.aside.push(failure)),
    markSent: (id: string) => Promise.resolve(void stage.marked.add(id)),
    now: () => 0,
  }
  return { stage, ports }
}

describe('receipt', () => {
  it('sends one letter, and none for a repeated record', async () => {
    const { stage, ports } = aStage()
    await sendReceipt(donation, ports)
    await sendReceipt(donation, ports)
    expect(stage.sent.map(({ to }) => to)).toEqual(['ann@example.org'])
    expect(stage.sent[0]?.letter.text).toContain('$1,234.56 to Telethon on 2026-01-01')
  })

  it('sends nothing for what was not counted, or names no address', async () => {
    const { stage, ports } = aStage()
    await sendReceipt({ ...donation, status: 'unmatched' }, ports)
    const { email: _, ...anonymous } = donation
    await sendReceipt(anonymous, ports)
    expect(stage.sent).toEqual([])
  })

  it('tries again when the letter was not taken', async () => {
    const { stage, ports } = aStage()
    stage.fail = new Error('SES throttles')
    await expect(sendReceipt(donation, ports)).rejects.toThrow('SES throttles')
    stage.fail = undefined
    await sendReceipt(donation, ports)
    expect(stage.sent).toHaveLength(1)
  })

  it('sets a letter aside that is refused for good', async () => {
    const { stage, ports } = aStage()
    stage.fail = new LetterRefusedError('SES refused the letter: two dots')
    await sendReceipt(donation, ports)
    expect(stage.aside).toEqual([{ donationId: 'd1', problem: 'SES refused the letter: two dots' }])
    expect(stage.marked.size).toBe(0)
  })

  it('shows markup as text', () => {
    const { html } = receiptLetter({ ...donation, campaign: 'A & B', name: '<script>"\'' })
    expect(html).toContain('Dear &lt;script&gt;&quot;&#39;,')
    expect(html).toContain('A &amp; B')
  })

  it.each([
    [500, 'JPY', '¥500'],
    [1234, 'KWD', 'KWD 1.234'],
    [5, 'EUR', '€0.05'],
  ])('writes %d of %s as %s', (value, currency, text) => {
    expect(formatAmount({ value, currency }).replaceAll('\u00a0', ' ')).toBe(text)
  })

  it('reads a record from its stream image', () => {
    const image = {
      pk: { S: 'donation#d1' },
      campaignId: { S: 'c1' },
      amount: { N: '123456' },
      currency: { S: 'USD' },
      name: { S: 'Ann' },
      email: { S: 'ann@example.org' },
      acceptedAt: { S: '2026-01-01T00:00:00.000Z' },
      status: { S: 'counted' },
    }
    expect(readDonationImage(image)).toEqual(donation)
    expect(readDonationImage({ pk: { S: 'campaign#c1' } })).toBeUndefined()
  })
})
