import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type LocalStack, startStack } from '../local/stack.ts'

// examples/hono on the whole local stack, over HTTP.

const root = join(import.meta.dirname, '..', 'examples', 'hono')
const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-hono-'))
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
let stack: LocalStack

beforeAll(async () => {
  stack = await startStack({
    root,
    dataDir,
    httpPort: 0,
    iotPort: 0,
    awsPort: 0,
    env: { SHOP_NAME: 'Ann & Söhne' },
  })
})
afterAll(async () => {
  agent.destroy()
  await stack?.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly reused: boolean
}

/** One request over the one kept connection. `body` may come in pieces, without a length. */
function ask(
  method: string,
  path: string,
  body: readonly (string | Uint8Array)[] = [],
  headers: Readonly<Record<string, string>> = {},
) {
  return new Promise<Answer>((resolve, reject) => {
    const asking = request(`${stack.urls.site}${path}`, { method, agent, headers }, (answer) => {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(pieces),
          reused: asking.reusedSocket,
        }),
      )
    })
    asking.on('error', reject)
    for (const piece of body) asking.write(piece)
    asking.end()
  })
}

const json = { 'content-type': 'application/json' }

it('serves the application, over one connection', async () => {
  const first = await ask('GET', '/books/a%20b?edition=2')
  expect(first.status).toBe(200)
  expect(JSON.parse(first.body.toString())).toEqual({ id: 'a b', edition: '2' })
  const second = await ask('GET', '/books/c')
  expect(JSON.parse(second.body.toString())).toEqual({ id: 'c', edition: null })
  expect(second.reused).toBe(true)
  expect((await ask('GET', '/nowhere')).status).toBe(404)
})

it('takes a body that is streamed in pieces, and gives one', async () => {
  const posted = await ask('POST', '/books', ['{"title":', '"Ünder ', 'Milk Wood"}'], json)
  expect([posted.status, posted.body.toString()]).toEqual([201, '{"title":"Ünder Milk Wood"}'])
  const catalogue = await ask('GET', '/catalogue')
  expect(catalogue.body.toString().split('\n')).toHaveLength(1001)
  expect(catalogue.reused).toBe(true)
})

it('carries bytes both ways', async () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256)
  const answer = await ask('POST', '/covers', [bytes], { 'content-type': 'image/png' })
  expect(answer.headers['content-type']).toBe('image/png')
  expect(answer.body.equals(Buffer.from(bytes.toReversed()))).toBe(true)
})

it('answers redirects and cookies as the application said', async () => {
  const answer = await ask('GET', '/sign-in')
  expect([answer.status, answer.headers.location]).toEqual([302, '/'])
  expect(answer.headers['set-cookie']).toEqual(['visitor=ann; HttpOnly', 'theme=dark'])
})

it("answers the application's refusals, and a bug without a word of it, logged once with its trace", async () => {
  const refused = await ask('POST', '/books', ['{"title":1}'], json)
  expect([refused.status, refused.body.toString()]).toEqual([400, 'a book has a title, a text'])

  const traceparent = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`
  const broken = await ask('GET', '/broken', [], { traceparent })
  expect(broken.status).toBe(500)
  expect(broken.headers['traceparent']).toBe(traceparent)
  expect(broken.headers['content-type']).toBe('application/problem+json')
  expect(broken.body.toString()).not.toContain('hunter2')
  await expect
    .poll(() =>
      readFileSync(join(dataDir, 'lambda', 'logs', 'app.log'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('hunter2')),
    )
    .toEqual([expect.stringContaining(`"correlationId":"${'c'.repeat(32)}"`)])
  expect((await ask('GET', '/books/again')).status).toBe(200)
})
