import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseServiceTokens } from '../platform/service-tokens.ts'
import { type AcceptRequest, createAccept, lookupPauseMs } from './accept.ts'
import { type AcceptedDonation, donationIdOf, hashDonation, readAcceptedDonation } from './donation.ts'

const body = { campaignId: 'c1', amount: { value: 500, currency: 'USD' } }
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

function anAccept(options: { donationsFrom?: 'service' | 'anyone' } = {}) {
  const stage = {
    now: Date.UTC(2026, 0, 1),
    recorded: new Map<string, string>(),
    currency: new Map([['c1', 'USD']]),
    lookups: 0,
    down: new Set<'table' | 'sns' | 'sqs'>(),
    published: [] as AcceptedDonation[],
    queued: [] as AcceptedDonation[],
  }
  const answer = <Value>(service: 'table' | 'sns' | 'sqs', effect: () => Value): Promise<Value> =>
    stage.down.has(service) ? Promise.reject(new Error(`${service} is down`)) : Promise.resolve(effect())
  const lookUp = <Value>(effect: () => Value) => {
    stage.lookups += 1
    return answer('table', effect)
  }
  const accept = createAccept(
    {
      lookups: {
        recordedHash: (donationId) => lookUp(() => stage.recorded.get(donationId)),
        campaignCurrency: (campaignId) => lookUp(() => stage.currency.get(campaignId)),
      },
      publish: (donation) => answer('sns', () => void stage.published.push(donation)),
      enqueue: (donation) => answer('sqs', () => void stage.queued.push(donation)),
      now: () => stage.now,
    },
    {
      donationsFrom: options.donationsFrom ?? 'anyone',
      tokens: parseServiceTokens(`till:service:${sha256('secret')}`),
    },
  )
  const post = (raw: unknown = body, request: Partial<AcceptRequest> = {}) =>
    accept({ bearer: undefined, idempotencyKey: 'key-1', readBody: () => raw, ...request })
  return { stage, post }
}

const problemOf = (work: Promise<unknown>) =>
  work.then(
    () => {
      throw new Error('was accepted')
    },
    (error: unknown) => error,
  )

describe('accept', () => {
  it('publishes one message and answers its donationId', async () => {
    const { stage, post } = anAccept()
    const { donationId } = await post({
      ...body,
      donor: { name: ' Ann ', email: 'ann@example.org' },
      comment: 'go',
      more: 1,
    })
    expect(donationId).toMatch(/^[a-z2-7]{26}$/)
    expect(stage.published).toEqual([
      {
        donationId,
        ...body,
        donor: { name: 'Ann', email: 'ann@example.org' },
        comment: 'go',
        hash: expect.any(String) as string,
        acceptedAt: '2026-01-01T00:00:00.000Z',
      },
    ])
    expect(readAcceptedDonation(JSON.stringify(stage.published[0]))).toEqual(stage.published[0])
  })

  it('gives the same donation for the same key, and another for another caller', async () => {
    const { post } = anAccept()
    const first = await post()
    expect(await post()).toEqual(first)
    expect(await post(body, { bearer: 'secret' })).not.toEqual(first)
  })

  it('answers a recorded key the same, with another body 422', async () => {
    const { stage, post } = anAccept()
    stage.recorded.set(donationIdOf('visitor', 'key-1'), hashDonation(body))
    await post()
    expect(stage.published).toEqual([])
    expect(await problemOf(post({ ...body, comment: 'other' }))).toMatchObject({
      status: 422,
      code: 'idempotency-key-reused',
    })
  })

  it('looks a campaign up once, and refuses an unknown one each time', async () => {
    const { stage, post } = anAccept()
    await post()
    expect(stage.lookups).toBe(2)
    await post(body, { idempotencyKey: 'key-2' })
    expect(stage.lookups).toBe(3)
    expect(await problemOf(post({ ...body, campaignId: 'c2' }))).toMatchObject({ status: 404 })
    stage.currency.set('c2', 'USD')
    await post({ ...body, campaignId: 'c2' })
  })

  it("refuses another currency than the campaign's", async () => {
    const { post } = anAccept()
    expect(await problemOf(post({ ...body, amount: { value: 1, currency: 'EUR' } }))).toMatchObject({
      status: 422,
      code: 'currency-differs',
    })
  })

  it('refuses no donation by a currency that staff have changed since', async () => {
    const { stage, post } = anAccept()
    await post()
    stage.currency.set('c1', 'EUR')
    await post({ ...body, amount: { value: 1, currency: 'EUR' } }, { idempotencyKey: 'key-2' })
    expect(stage.published).toHaveLength(2)
    expect(await problemOf(post(body, { idempotencyKey: 'key-3' }))).toMatchObject({
      code: 'currency-differs',
    })
  })

  it('takes a donation while the table cannot be read, and leaves the table alone for a while', async () => {
    const { stage, post } = anAccept()
    stage.down.add('table')
    await post({ ...body, campaignId: 'unknown' })
    const { lookups } = stage
    await post(body, { idempotencyKey: 'key-2' })
    expect(stage.lookups).toBe(lookups)
    stage.now += lookupPauseMs
    await post(body, { idempotencyKey: 'key-3' })
    expect(stage.lookups).toBeGreaterThan(lookups)
    expect(stage.published).toHaveLength(3)
  })

  it('goes straight to the queue when SNS refuses, and asks to come back when nothing takes it', async () => {
    const { stage, post } = anAccept()
    stage.down.add('sns')
    const { donationId } = await post()
    expect(stage.queued.map((donation) => donation.donationId)).toEqual([donationId])
    stage.down.add('sqs')
    expect(await problemOf(post())).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
  })

  it('wants a service token unless anyone may give', async () => {
    const { post } = anAccept({ donationsFrom: 'service' })
    expect(await problemOf(post())).toMatchObject({ status: 401 })
    expect(await problemOf(post(body, { bearer: 'wrong' }))).toMatchObject({ status: 401 })
    await post(body, { bearer: 'secret' })
  })

  it.each([undefined, '', 'with space', 'ü', 'x'.repeat(256)])(
    'refuses Idempotency-Key %j',
    async (idempotencyKey) => {
      const { post } = anAccept()
      expect(await problemOf(post(body, { idempotencyKey }))).toMatchObject({
        status: 400,
        code: 'idempotency-key-unfit',
      })
    },
  )

  const amount = (value: unknown, currency: unknown = 'USD') => ({ ...body, amount: { value, currency } })
  it.each<[string, unknown, string]>([
    ['no object', 'text', 'body'],
    ['null', null, 'body'],
    ['a list', [], 'campaignId'],
    ['zero', amount(0), 'amount.value'],
    ['negative', amount(-5), 'amount.value'],
    ['fractional', amount(1.5), 'amount.value'],
    ['enormous', amount(1_000_000_001), 'amount.value'],
    ['infinite', amount(Number.POSITIVE_INFINITY), 'amount.value'],
    ['a text', amount('500'), 'amount.value'],
    ['an unknown currency', amount(5, 'XYZ'), 'amount.currency'],
    ['a small currency', amount(5, 'usd'), 'amount.currency'],
    ['no amount', { campaignId: 'c1' }, 'amount'],
    ['a campaign with a slash', { ...body, campaignId: 'a/b' }, 'campaignId'],
    ['a long comment', { ...body, comment: 'x'.repeat(1001) }, 'comment'],
    ['half a character', { ...body, comment: 'x\ud800' }, 'comment'],
    ['a long name', { ...body, donor: { name: 'x'.repeat(101) } }, 'donor.name'],
    ['a list as name', { ...body, donor: { name: [] } }, 'donor.name'],
    ['no address', { ...body, donor: { email: 'ann' } }, 'donor.email'],
    ['an address with a header', { ...body, donor: { email: 'a@b.org\nBcc: c@d.org' } }, 'donor.email'],
  ])('refuses %s, naming the field, the value and a remedy', async (_, raw, field) => {
    const { stage, post } = anAccept()
    const problem = await problemOf(post(raw))
    expect(problem).toMatchObject({
      status: 400,
      code: 'donation-unfit',
      remedy: expect.any(String) as string,
    })
    expect(problem).toHaveProperty('errors.0.field', field)
    expect(JSON.stringify(problem).length).toBeLessThan(1500)
    expect(stage.published).toEqual([])
  })

  it('takes control characters out, keeps markup as text, and reads blanks as absent', async () => {
    const { stage, post } = anAccept()
    await post({
      ...body,
      donor: { name: '<b>\u0000Ann\u0007\r\nB</b>', email: '' },
      comment: 'a\r\nb\tc\u001b[31m\u009f',
    })
    await post({ ...body, donor: null, comment: null })
    expect(stage.published[0]).toMatchObject({ donor: { name: '<b>Ann B</b>' }, comment: 'a\nb\tc[31m' })
    expect(stage.published[1]).not.toHaveProperty('donor')
    expect(stage.published[1]).not.toHaveProperty('comment')
  })
})

describe('a donation', () => {
  it('has an id of base32 over SHA-256 of scope and key', () => {
    // RFC 4648 base32 of the digest, checked with coreutils: printf 'visitor\nkey-1' | sha256sum | xxd -r -p | base32
    const digest = createHash('sha256').update('visitor\nkey-1').digest()
    const bits = [...digest].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    const expected = Array.from(
      { length: 26 },
      (_, index) =>
        'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(bits.slice(index * 5, index * 5 + 5), 2)],
    )
    expect(donationIdOf('visitor', 'key-1')).toBe(expected.join(''))
  })

  it('has the same hash however its fields are ordered', () => {
    expect(hashDonation({ amount: body.amount, campaignId: 'c1' })).toBe(hashDonation(body))
    expect(hashDonation({ ...body, comment: 'x' })).not.toBe(hashDonation(body))
  })

  it.each([
    'not json',
    '{}',
    'null',
    JSON.stringify({ ...body, donationId: 'x', hash: 'h', acceptedAt: 'now' }),
  ])('is not read from %j', (text) => {
    expect(() => readAcceptedDonation(text)).toThrow(Error)
  })
})
