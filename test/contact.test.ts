import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { command as redrive } from '../command/redrive.ts'
import { crmWebhook } from '../functions/contact/crm-webhook.ts'
import { aContact } from '../functions/contact/testing.ts'
import { noFaults } from '../local/faults.ts'
import { signInAs } from './support/sign-in.ts'
import { eventually, testStack, type TestStack } from './support/stack.ts'

const ann = { name: 'Ann Example', email: 'ann@example.org', about: 'Giving', message: 'Hello\nthere' }

const post = (stack: TestStack, body: unknown, key?: string) =>
  fetch(`${stack.urls.site}/contact`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
    body: JSON.stringify(body),
  })

/** Sends until the answer is no server error, as the form does. */
async function sendSurely(stack: TestStack, body: unknown, key: string): Promise<string> {
  return eventually(async () => {
    const answer = await post(stack, body, key)
    expect(answer.status).toBe(202)
    return ((await answer.json()) as { contactId: string }).contactId
  })
}

/** The feed of staff, as a member of staff reads it. */
async function feedOf(stack: TestStack): Promise<readonly { contactId: string; name: string }[]> {
  const { headers } = await signInAs(stack.urls.site, 'sam')
  const answer = await fetch(`${stack.urls.site}/events?topic=staff/contacts&after=0&limit=500`, { headers })
  if (answer.status === 404) return []
  const page = (await answer.json()) as {
    events: { entry: { value: { contactId: string; name: string } } }[]
  }
  return page.events.map(({ entry }) => entry.value)
}

const deadLetters = (stack: TestStack) =>
  ['crm-dlq', 'contact-mail-dlq', 'contact-feed-dlq', 'relay-failures'].map((name) => {
    const { visible, inFlight } = stack.messaging.queue(`fanfare-dev-${name}`).counts()
    return `${name}: ${visible + inFlight}`
  })
const noDeadLetters = ['crm-dlq: 0', 'contact-mail-dlq: 0', 'contact-feed-dlq: 0', 'relay-failures: 0']

/** A CRM over HTTP that does as it is told, and keeps what it took by its key. */
class TestCrm implements AsyncDisposable {
  readonly kept = new Map<string, string>()
  readonly requests: { at: number; status: number }[] = []
  answer: (request: IncomingMessage, body: string) => { status: number; body?: string; headers?: object } =
    () => ({ status: 200 })
  readonly #server: Server = createServer((request, response) => {
    void this.#serve(request, response)
  })

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const answer = this.answer(request, body)
    this.requests.push({ at: Date.now(), status: answer.status })
    if (answer.status === 200) this.kept.set(String(request.headers['idempotency-key']), body)
    response.writeHead(answer.status, { ...answer.headers }).end(answer.body)
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://localhost:${(this.#server.address() as AddressInfo).port}/contacts`
  }

  async [Symbol.asyncDispose]() {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** Takes connections and answers nothing. */
class SilentServer implements AsyncDisposable {
  readonly #server: Server = createServer(() => undefined)

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://localhost:${(this.#server.address() as AddressInfo).port}/`
  }

  async [Symbol.asyncDispose]() {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** `npx fanfare redrive crm redrive`, on this stack. */
async function redriveCrm(stack: TestStack): Promise<{ status: number }> {
  return { status: await redrive.run(['crm', 'redrive', '--endpoint', stack.urls.aws]) }
}

describe('a contact', () => {
  it(
    'reaches the CRM, the staff and its writer, with one trace; a retry is the same one',
    { timeout: 40_000 },
    async () => {
      await using stack = await testStack()
      const answer = await post(stack, ann, 'k1')
      expect(answer.status).toBe(202)
      expect(answer.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-/)
      const { contactId } = (await answer.json()) as { contactId: string }
      expect(await (await post(stack, ann, 'k1')).json()).toEqual({ contactId })
      expect((await post(stack, { ...ann, message: 'Other' }, 'k1')).status).toBe(422)
      expect((await post(stack, { ...ann, email: 'nobody' }, 'k2')).status).toBe(400)
      expect((await post(stack, { ...ann, message: 'x'.repeat(20_000) }, 'k3')).status).toBe(413)
      expect((await post(stack, { ...ann, website: 'x' }, 'k4')).status).toBe(202)
      await stack.idle()

      expect(stack.crm.contacts()).toMatchObject([{ id: contactId, data: { contactId, ...ann }, times: 1 }])
      expect(stack.mail.letters().map(({ to }) => to)).toEqual([[ann.email]])
      expect(await feedOf(stack)).toMatchObject([{ contactId, ...ann }])
      const page = await (await fetch(`${stack.urls.site}/_fanfare/crm`)).text()
      expect(page).toContain('Ann Example')
      const visitor = await fetch(`${stack.urls.site}/events?topic=staff/contacts&after=0`)
      expect(visitor.status).toBe(401)
      expect(deadLetters(stack)).toEqual(noDeadLetters)

      const statuses: number[] = []
      for (let count = 0; count < 11; count++) {
        statuses.push((await post(stack, { ...ann, message: `${count}` }, `n${count}`)).status)
      }
      expect(statuses).toContain(429)
    },
  )

  it('is taken while the table is away, and done when it is back', { timeout: 40_000 }, async () => {
    await using stack = await testStack()
    stack.faults.outages.add('dynamodb')
    const answer = await post(stack, ann, 'k1')
    expect(answer.status).toBe(202)
    const { contactId } = (await answer.json()) as { contactId: string }
    stack.faults.outages.clear()
    expect(await sendSurely(stack, ann, 'k1')).toBe(contactId)
    await eventually(async () => {
      expect(stack.crm.contacts().map(({ id }) => id)).toEqual([contactId])
      expect(stack.mail.letters()).toHaveLength(1)
      expect(await feedOf(stack)).toHaveLength(1)
    }, 30_000)
    expect((await post(stack, { ...ann, message: 'Other' }, 'k1')).status).toBe(422)
  })

  it.each([1, 2])(
    'is kept once by the CRM, shown once and welcomed once, though everything AWS may do goes wrong, seed %i',
    { timeout: 90_000 },
    async (seed) => {
      const faults = noFaults()
      faults.streams = { shards: 2, scatter: true, earlyClose: 0.5, repeat: 0.3 }
      await using stack = await testStack({
        seed,
        faults,
        env: { CONTACTS_PER_MINUTE: '1000', CRM_PER_SECOND: '100' },
      })
      Object.assign(faults.messages, { double: 1, delayMs: 40, reorder: true, throttle: 0.1 })
      Object.assign(faults.tables, { conflict: 0.1, throttle: 0.02 })
      const only = ['contactAccept', 'contactRelay', 'contactCrm', 'contactFeed']
      Object.assign(faults.workers, { kill: 0.02, killAt: 'either', most: 12, only })
      const ids = await Promise.all(
        Array.from({ length: 30 }, async (_, index) => {
          const contact = { ...ann, email: `visitor${index}@example.org` }
          const [first, second] = await Promise.all([1, 2].map(() => sendSurely(stack, contact, `k${index}`)))
          expect(second).toBe(first)
          return first ?? ''
        }),
      )
      await eventually(async () => {
        expect(new Set(stack.crm.contacts().map(({ id }) => id))).toEqual(new Set(ids))
        expect((await feedOf(stack)).map(({ contactId }) => contactId).toSorted()).toEqual(ids.toSorted())
        expect(stack.mail.letters()).toHaveLength(30)
      }, 45_000)
      expect(new Set(stack.mail.letters().map(({ to }) => to[0])).size).toBe(30)
      Object.assign(faults, { ...noFaults(), streams: faults.streams })
      expect(deadLetters(stack)).toEqual(noDeadLetters)
    },
  )

  // Each function's requests to AWS in the course of one contact, and each killed before and after it.
  it.each([
    ['contactAccept', 2],
    ['contactRelay', 1],
    ['contactCrm', 7],
    ['contactFeed', 3],
  ])('though %s dies at any of its %i requests', { timeout: 90_000 }, async (name, requests) => {
    await using crm = new TestCrm()
    const env = { CRM_WEBHOOK_URL: await crm.start(), CONTACTS_PER_MINUTE: '1000', CRM_PER_SECOND: '100' }
    // A message that a dead worker held comes again after a second or less.
    await using stack = await testStack({ env, visibilityScale: 0.003 })
    const ids: string[] = []
    const failures = () => stack.host.stats().functions[name]?.failures ?? 0
    for (let request = 1; request <= requests; request++) {
      // Of many requests, the harder side: AWS did it, and nobody was told.
      for (const side of requests > 3 ? (['after'] as const) : (['before', 'after'] as const)) {
        stack.host.killNext(name, { request, side })
        ids.push(await sendSurely(stack, { ...ann, message: `${request} ${side}` }, `${request}-${side}`))
        await eventually(() => expect([...crm.kept.keys()].toSorted()).toEqual(ids.toSorted()), 20_000)
        await stack.idle()
      }
    }
    expect(failures()).toBeGreaterThanOrEqual(ids.length - 3)
    // The CRM is told twice only of those whose function died between its word and our note.
    expect(crm.requests.length - ids.length).toBeLessThanOrEqual(name === 'contactCrm' ? 4 : 0)
    expect((await feedOf(stack)).map(({ contactId }) => contactId).toSorted()).toEqual(ids.toSorted())
    expect(stack.mail.letters()).toHaveLength(ids.length)
    expect(deadLetters(stack)).toEqual(noDeadLetters)
  })

  it(
    'is welcomed once, and twice only when killed between the word of SES and our note',
    { timeout: 90_000 },
    async () => {
      await using stack = await testStack()
      const failures = () => stack.host.stats().functions['contactWelcome']?.failures ?? 0
      const lettersTo = (email: string) => stack.mail.letters().filter(({ to }) => to[0] === email).length
      // Its requests: read the record, take the lease, send, note.
      const deaths = [
        { email: 'unsent@example.org', request: 3, side: 'before', letters: 1 },
        { email: 'unnoted@example.org', request: 4, side: 'before', letters: 2 },
        { email: 'noted@example.org', request: 4, side: 'after', letters: 1 },
      ] as const
      for (const { email, request, side } of deaths) {
        const before = failures()
        await stack.idle()
        stack.host.killNext('contactWelcome', { request, side })
        await sendSurely(stack, { ...ann, email }, email)
        await eventually(() => expect(failures()).toBe(before + 1))
        await stack.idle()
      }
      expect(deaths.map(({ email }) => [email, lettersTo(email)])).toEqual(
        deaths.map(({ email, letters }) => [email, letters]),
      )
      expect(deadLetters(stack)).toEqual(noDeadLetters)
    },
  )
})

describe('a CRM of somebody else', () => {
  it(
    'that fails loses nothing, and one contact that it refuses for good stops only itself',
    { timeout: 140_000 },
    async () => {
      await using crm = new TestCrm()
      const env = {
        CRM_WEBHOOK_URL: await crm.start(),
        CRM_PAUSE_SECONDS: '1',
        CONTACTS_PER_MINUTE: '1000',
      }
      // A batch takes its time at the CRM's pace, so its messages are hidden for as long as on AWS.
      await using stack = await testStack({ env, visibilityScale: 1 })
      const answers = { down: 503, poison: 422 }
      crm.answer = (_, body) => {
        if (answers.down !== 200) return { status: answers.down, body: 'maintenance' }
        return body.includes('poison')
          ? { status: answers.poison, body: 'no field for ann@example.org' }
          : { status: 200 }
      }
      const ids = await Promise.all(
        Array.from({ length: 10 }, async (_, index) =>
          sendSurely(stack, { ...ann, message: index === 7 ? 'poison' : `message ${index}` }, `k${index}`),
        ),
      )
      const poison = ids[7] ?? ''
      await eventually(() => expect(crm.requests.length).toBeGreaterThan(4))
      // A breaker is open: while ten messages wait, the CRM is asked now and then only.
      const from = crm.requests.length
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      expect(crm.requests.length - from).toBeLessThanOrEqual(4)
      expect(stack.crm.contacts()).toEqual([])

      answers.down = 200
      const backAt = Date.now()
      await eventually(() => expect(crm.kept.size).toBe(9), 80_000)
      expect(new Set([...crm.kept.keys(), poison])).toEqual(new Set(ids))
      await eventually(() => expect(deadLetters(stack)[0]).toBe('crm-dlq: 1'))
      // Back, it is asked once a second at first: the try, and then a turn a second.
      const asked = crm.requests
        .filter(({ at, status }) => at >= backAt && status !== 503)
        .map(({ at }) => at)
      const first = asked[0] ?? 0
      expect(asked.filter((at) => at < first + 5_000).length).toBeLessThanOrEqual(8)

      const [letter] = stack.messaging.queue('fanfare-dev-crm-dlq').receive({ max: 1, visibilityMs: 0 })
      expect(letter?.details.attributes?.['reason']?.StringValue).toBe('the CRM answered 422: no field for …')
      answers.poison = 200
      const { status } = await redriveCrm(stack)
      expect(status).toBe(0)
      await eventually(() => expect(crm.kept.size).toBe(10), 30_000)
      expect(deadLetters(stack)).toEqual(noDeadLetters)
    },
  )

  it('is told signed, once followed nowhere, and not waited for for ever', { timeout: 60_000 }, async () => {
    await using crm = new TestCrm()
    const url = await crm.start()
    let seen: IncomingMessage['headers'] = {}
    let signed = ''
    crm.answer = ({ headers }, body) => {
      seen = headers
      signed = body
      return { status: 200 }
    }
    const secret = Buffer.from('0123456789abcdef0123456789abcdef')
    const tell = crmWebhook({
      url,
      secrets: () => Promise.resolve([secret]),
      now: () => 1_700_000_000_500,
      timeoutMs: 300,
    })
    expect(await tell(aContact())).toEqual({ kind: 'taken' })
    const mac = createHmac('sha256', secret)
      .update(`${aContact().contactId}.1700000000.${signed}`)
      .digest('base64')
    expect(seen).toMatchObject({
      'idempotency-key': aContact().contactId,
      'webhook-id': aContact().contactId,
      'webhook-timestamp': '1700000000',
      'webhook-signature': `v1,${mac}`,
    })
    expect(JSON.parse(signed)).toMatchObject({
      type: 'contact.received',
      data: { contactId: aContact().contactId },
    })

    crm.answer = () => ({ status: 302, headers: { location: url } })
    expect(await tell(aContact())).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('redirects'),
    })
    expect(crm.requests).toHaveLength(2)
    crm.answer = () => ({ status: 429, headers: { 'retry-after': '7' }, body: 'x'.repeat(1_000_000) })
    expect(await tell(aContact())).toMatchObject({ kind: 'failed', retryAfterMs: 7_000 })
    await using silent = new SilentServer()
    const tellSilent = crmWebhook({
      url: await silent.start(),
      secrets: () => Promise.resolve([secret]),
      now: Date.now,
      timeoutMs: 300,
    })
    expect(await tellSilent(aContact())).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('did not answer'),
    })
  })
})
