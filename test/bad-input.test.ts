import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, staff, testStack, type TestStack } from './support/stack.ts'

let stack: TestStack
beforeAll(async () => {
  stack = await testStack()
  await stack.campaign('red-nose')
})
afterAll(async () => stack[Symbol.asyncDispose]())

const good = { campaignId: 'red-nose', amount: { value: 500, currency: 'USD' } }

async function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${stack.urls.site}/donations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID(), ...headers },
    body,
  })
}

async function expectProblem(answer: Response, status: number, saying: string | RegExp): Promise<void> {
  const text = await answer.text()
  expect(`${answer.status} ${text}`).toMatch(new RegExp(`^${status} `))
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(text).toMatch(saying)
  expect(text).not.toMatch(/\bat .*\.(?:ts|js|mjs):\d+/)
  expect(JSON.parse(text)).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) })
}

describe('bad input is refused with words', () => {
  it.each<[string, string, number, RegExp]>([
    ['no JSON', '{"campaignId":', 400, /JSON/],
    ['a list', '[]', 400, /object/i],
    ['nothing', '', 400, /JSON|body/i],
    [
      'a number as text',
      JSON.stringify({ ...good, amount: { value: '500', currency: 'USD' } }),
      400,
      /amount\.value/,
    ],
    ['zero', JSON.stringify({ ...good, amount: { value: 0, currency: 'USD' } }), 400, /amount\.value.*0/],
    [
      'a negative amount',
      JSON.stringify({ ...good, amount: { value: -5, currency: 'USD' } }),
      400,
      /amount\.value.*-5/,
    ],
    [
      'a fraction',
      JSON.stringify({ ...good, amount: { value: 5.5, currency: 'USD' } }),
      400,
      /amount\.value.*5\.5/,
    ],
    [
      'an enormous amount',
      JSON.stringify({ ...good, amount: { value: 1e15, currency: 'USD' } }),
      400,
      /amount\.value/,
    ],
    ['infinity', `{"campaignId":"red-nose","amount":{"value":1e999,"currency":"USD"}}`, 400, /amount\.value/],
    [
      'an unknown currency',
      JSON.stringify({ ...good, amount: { value: 5, currency: 'XQQ' } }),
      400,
      /currency.*XQQ/,
    ],
    [
      'another currency than the campaign counts',
      JSON.stringify({ ...good, amount: { value: 5, currency: 'EUR' } }),
      422,
      /USD/,
    ],
    ['no amount', JSON.stringify({ campaignId: 'red-nose' }), 400, /amount/],
    ['an unknown campaign', JSON.stringify({ ...good, campaignId: 'nowhere' }), 404, /nowhere/],
    ['a campaign that is a path', JSON.stringify({ ...good, campaignId: '../x' }), 400, /campaignId/],
    ['a comment of 300 KB', JSON.stringify({ ...good, comment: 'x'.repeat(300 * 1024) }), 413, /KB|bytes/],
    ['a long name', JSON.stringify({ ...good, donor: { name: 'x'.repeat(101) } }), 400, /donor\.name/],
    ['an address that is none', JSON.stringify({ ...good, donor: { email: 'nobody' } }), 400, /donor\.email/],
    [
      'a header in an address',
      JSON.stringify({ ...good, donor: { email: 'a@b.org\r\nBcc: c@d.org' } }),
      400,
      /donor\.email/,
    ],
    [
      'half a character',
      `{"campaignId":"red-nose","amount":{"value":5,"currency":"USD"},"comment":"\\ud800"}`,
      400,
      /comment/,
    ],
  ])('%s', async (_, body, status, saying) => {
    await expectProblem(await post(body), status, saying)
  })

  it('a missing or unfit key', async () => {
    const body = JSON.stringify(good)
    const missing = await fetch(`${stack.urls.site}/donations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    await expectProblem(missing, 400, /Idempotency-Key/i)
    await expectProblem(await post(body, { 'idempotency-key': 'x'.repeat(256) }), 400, /Idempotency-Key/i)
  })

  it('a key used for another donation', async () => {
    expect((await post(JSON.stringify(good), { 'idempotency-key': 'used' })).status).toBe(202)
    await stack.idle()
    const other = JSON.stringify({ ...good, amount: { value: 501, currency: 'USD' } })
    await expectProblem(await post(other, { 'idempotency-key': 'used' }), 422, /key/i)
    const again = await post(JSON.stringify(good), { 'idempotency-key': 'used' })
    expect(again.status).toBe(202)
  })

  it.each<[string, string, number]>([
    ['an unknown campaign', '/campaigns/nowhere', 404],
    ['a campaign that is no name', '/campaigns/a%20b', 400],
    ['no topic', '/events', 400],
    ['a topic that no contract has', '/events?topic=campaigns%2Fx%2Fsecrets', 404],
    ['a wildcard', '/state?topic=campaigns%2F%2B%2Ftotal', 404],
    ['a limit beyond measure', '/events?topic=campaigns%2Fred-nose%2Fdonations&limit=1000000', 400],
    ['an after that is no number', '/events?topic=campaigns%2Fred-nose%2Fdonations&after=x', 400],
  ])('GET of %s', async (_, path, status) => {
    await expectProblem(await fetch(`${stack.urls.site}${path}`), status, /./)
  })

  it('a campaign made by somebody who is not staff', async () => {
    const put = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${stack.urls.site}/campaigns/other`, {
        method: 'PUT',
        headers,
        body: JSON.stringify({ name: 'x', currency: 'USD' }),
      })
    await expectProblem(await put({ 'content-type': 'application/json' }), 401, /token/i)
    await expectProblem(await put({ ...staff, authorization: 'Bearer guess' }), 401, /token/i)
  })

  it('and nothing of it was recorded, and markup stays text', async () => {
    const before = await stack.figures('red-nose')
    const name = '<script>alert(1)</script>'
    const answer = await post(JSON.stringify({ ...good, donor: { name }, comment: '<b>&amp;\u0007' }))
    // A control character is taken out: no gift should fail for one that was pasted into a comment.
    expect(answer.status).toBe(202)
    const clean = await post(JSON.stringify({ ...good, donor: { name }, comment: '<b>&amp;' }))
    expect(clean.status).toBe(202)
    await stack.idle()
    await eventually(async () =>
      expect((await stack.figures('red-nose')).donations).toBe(before.donations + 2),
    )
    const feed = await stack.feed('red-nose')
    for (const { entry } of feed.slice(-2)) expect(entry.value).toMatchObject({ name, comment: '<b>&amp;' })
    expect(stack.messaging.queue('fanfare-dev-ledger-dlq').counts().visible).toBe(0)
  })
})

describe('with the donations table unreachable', () => {
  it('a donation is accepted, and recorded when the table returns', { timeout: 60_000 }, async () => {
    const before = await stack.figures('red-nose')
    stack.faults.outages.add('dynamodb')
    try {
      for (let index = 0; index < 5; index++) {
        const started = performance.now()
        expect((await post(JSON.stringify(good))).status).toBe(202)
        expect(performance.now() - started).toBeLessThan(5000)
      }
    } finally {
      stack.faults.outages.delete('dynamodb')
    }
    await eventually(async () => {
      expect(await stack.figures('red-nose')).toMatchObject({
        donations: before.donations + 5,
        value: before.value + 2500,
      })
    }, 40_000)
  })

  it('a donation is refused with 503 only when neither SNS nor SQS takes it', async () => {
    stack.faults.outages.add('sns')
    expect((await post(JSON.stringify(good))).status).toBe(202)
    stack.faults.outages.add('sqs')
    const refused = await post(JSON.stringify(good))
    stack.faults.outages.clear()
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    await expectProblem(refused, 503, /again/i)
    await stack.idle()
  })
})
