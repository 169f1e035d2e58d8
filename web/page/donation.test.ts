import { expect, test } from 'vitest'
import { type DonationBody, donationPoster, outcomeOf, randomKey } from './donation.ts'

const body: DonationBody = { campaignId: 'telethon', amount: { value: 2550, currency: 'USD' } }

function aPoster(answers: (Response | Error)[]) {
  const keys: (string | null)[] = []
  let made = 0
  const post = donationPoster({
    newKey: () => `key-${++made}`,
    fetch: (_, init) => {
      keys.push(new Headers(init.headers).get('idempotency-key'))
      const answer = answers.shift()
      return answer instanceof Response
        ? Promise.resolve(answer)
        : Promise.reject(answer ?? new Error('none'))
    },
  })
  return { post, keys }
}

test('a retry is the same gift, and the next gift is another', async () => {
  const { post, keys } = aPoster([
    new Error('no network'),
    Response.json({ title: 'busy' }, { status: 503 }),
    new Response('<html>', { status: 202 }),
    Response.json({ donationId: 'd1' }, { status: 202 }),
    Response.json({ donationId: 'd2' }, { status: 202 }),
  ])
  expect(await post(body)).toEqual({ kind: 'unknown', detail: 'no network' })
  expect(await post(body)).toEqual({ kind: 'unknown', detail: 'busy' })
  expect(await post(body)).toMatchObject({ kind: 'unknown' })
  expect(await post(body)).toEqual({ kind: 'taken', donationId: 'd1' })
  expect(await post(body)).toEqual({ kind: 'taken', donationId: 'd2' })
  expect(keys).toEqual(['key-1', 'key-1', 'key-1', 'key-1', 'key-2'])
})

test('a changed retry of a gift that was taken after all is not a second gift', async () => {
  const { post, keys } = aPoster([
    new Error('no network'),
    Response.json({ type: 'urn:fanfare:problem:idempotency-key-reused' }, { status: 422 }),
    Response.json({ donationId: 'd2' }, { status: 202 }),
  ])
  await post(body)
  expect(await post({ ...body, comment: 'hello' })).toEqual({ kind: 'taken-before' })
  await post(body)
  expect(keys).toEqual(['key-1', 'key-1', 'key-2'])
})

test('reads what is wrong with each field', () => {
  const answer = {
    title: 'This is no donation',
    detail: 'donor.email is "x" and must be an e-mail address',
    errors: [{ field: 'donor.email', value: '"x"', problem: 'must be an e-mail address' }],
  }
  expect(outcomeOf(400, answer)).toEqual({
    kind: 'refused',
    detail: answer.detail,
    errors: new Map([['donor.email', 'must be an e-mail address']]),
  })
  expect(outcomeOf(404, { detail: 'no campaign x' })).toMatchObject({
    kind: 'refused',
    detail: 'no campaign x',
  })
  expect(outcomeOf(429, null)).toEqual({ kind: 'unknown', detail: 'status 429' })
  expect(outcomeOf(202, {})).toMatchObject({ kind: 'unknown' })
})

test('makes keys that fit the header and differ', () => {
  expect(randomKey()).toMatch(/^[0-9a-f]{32}$/)
  expect(randomKey()).not.toBe(randomKey())
})
