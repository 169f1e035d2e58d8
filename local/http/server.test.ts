import { request } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { type HttpServer, type HttpServerOptions, startHttpServer } from './server.ts'

const anyOrigin = {
  allowedOrigins: ['*'],
  allowedMethods: ['GET', 'POST'],
  allowedHeaders: ['Idempotency-Key'],
  exposedHeaders: ['Retry-After'],
  allowCredentials: false,
  maxAgeSeconds: undefined,
}

let server: HttpServer | undefined
afterEach(async () => server?.close())

async function serve(options: Partial<HttpServerOptions> = {}): Promise<string> {
  server = await startHttpServer({
    port: 0,
    clock: systemClock,
    routes: [
      { method: 'GET', path: '/campaigns/{campaignId}', target: 'get' },
      { method: 'GET', path: '/campaigns/all', target: 'all' },
      { method: 'POST', path: '/donations', target: 'accept' },
      { method: 'POST', path: '/session', target: 'session' },
    ],
    invoke: (target, event) => Promise.resolve({ statusCode: 200, body: JSON.stringify({ target, event }) }),
    ...options,
  })
  return `http://localhost:${server.port}`
}

describe('the HTTP API', () => {
  it('hands a request on as payload format 2.0', async () => {
    const url = await serve()
    const answer = await fetch(`${url}/campaigns/red%20nose?a=1&a=2&b=`, { headers: { 'X-Thing': 'y' } })
    expect(await answer.json()).toMatchObject({
      target: 'get',
      event: {
        version: '2.0',
        routeKey: 'GET /campaigns/{campaignId}',
        rawPath: '/campaigns/red%20nose',
        rawQueryString: 'a=1&a=2&b=',
        queryStringParameters: { a: '1,2', b: '' },
        pathParameters: { campaignId: 'red nose' },
        headers: { 'x-thing': 'y' },
        requestContext: { http: { method: 'GET', sourceIp: expect.stringMatching(/^(127\.0\.0\.1|::1)$/) } },
        isBase64Encoded: false,
      },
    })
  })

  it('takes query names that objects know otherwise for what they are', async () => {
    const url = await serve()
    const answer = await fetch(`${url}/campaigns/all?constructor=a&__proto__=b&toString=c`)
    const { event } = (await answer.json()) as { event: { queryStringParameters: object } }
    expect(Object.entries(event.queryStringParameters)).toEqual([
      ['constructor', 'a'],
      ['__proto__', 'b'],
      ['toString', 'c'],
    ])
  })

  it('prefers a literal level to a parameter', async () => {
    const url = await serve()
    expect(await (await fetch(`${url}/campaigns/all`)).json()).toMatchObject({ target: 'all' })
  })

  it('carries a body as text when it is text and base64 when it is not', async () => {
    const url = await serve()
    const post = async (type: string): Promise<unknown> =>
      (
        await fetch(`${url}/donations`, {
          method: 'POST',
          headers: { 'content-type': type },
          body: '{"ü":1}',
        })
      ).json()
    expect(await post('application/json')).toMatchObject({
      event: { body: '{"ü":1}', isBase64Encoded: false },
    })
    expect(await post('application/octet-stream')).toMatchObject({
      event: { body: Buffer.from('{"ü":1}').toString('base64'), isBase64Encoded: true },
    })
  })

  it('answers as API Gateway does when a function fails, has no capacity, or answers nonsense', async () => {
    const failures: Record<string, () => Promise<unknown>> = {
      get: () => Promise.reject(new Error('secret stack')),
      all: () => Promise.reject(Object.assign(new Error('busy'), { code: 'THROTTLED' })),
      accept: () => Promise.resolve({ statusCode: 'x' }),
    }
    const url = await serve({ invoke: (target) => failures[target]?.() ?? Promise.resolve() })
    const failed = await fetch(`${url}/campaigns/x`)
    expect([failed.status, await failed.text()]).toEqual([500, '{"message":"Internal Server Error"}'])
    expect((await fetch(`${url}/campaigns/all`)).status).toBe(503)
    expect((await fetch(`${url}/donations`, { method: 'POST' })).status).toBe(502)
  })

  it('refuses a body over 10 MB without reading it, and lives on', async () => {
    const url = await serve()
    const status = await new Promise((resolve, reject) => {
      const big = request(
        `${url}/donations`,
        { method: 'POST', headers: { 'content-length': 11 * 1024 * 1024 } },
        (answer) => {
          resolve(answer.statusCode)
          big.destroy()
        },
      )
      big.on('error', reject)
      big.write('{')
    })
    expect(status).toBe(413)
    expect((await fetch(`${url}/campaigns/x`)).status).toBe(200)
  })

  it('throttles a route without invoking its function, and no other', async () => {
    let sessions = 0
    const url = await serve({
      throttles: { 'POST /session': { rate: 1, burst: 2 } },
      clock: { ...systemClock, now: () => 1000 },
      invoke(target) {
        if (target === 'session') sessions++
        return Promise.resolve({ statusCode: 200 })
      },
    })
    const statuses = []
    for (let index = 0; index < 4; index++)
      statuses.push((await fetch(`${url}/session`, { method: 'POST' })).status)
    expect(statuses).toEqual([200, 200, 429, 429])
    expect(sessions).toBe(2)
    expect((await fetch(`${url}/donations`, { method: 'POST' })).status).toBe(200)
  })

  it('answers a preflight, and any origin', async () => {
    const url = await serve({ cors: { ...anyOrigin, maxAgeSeconds: 60 } })
    const headers = { origin: 'https://example.org' }
    const preflight = await fetch(`${url}/donations`, { method: 'OPTIONS', headers })
    expect([preflight.status, Object.fromEntries(preflight.headers)]).toMatchObject([
      204,
      {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'idempotency-key',
        'access-control-allow-methods': 'GET,POST',
        'access-control-max-age': '60',
      },
    ])
    const answer = await fetch(`${url}/campaigns/x`, { headers })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After')
  })

  it('lets in the origins that are named, and no other', async () => {
    const url = await serve({ cors: { ...anyOrigin, allowedOrigins: ['https://example.org'] } })
    const allowed = async (origin: string): Promise<string | null> =>
      (await fetch(`${url}/campaigns/x`, { headers: { origin } })).headers.get('access-control-allow-origin')
    expect(await allowed('https://example.org')).toBe('https://example.org')
    expect(await allowed('https://example.com')).toBeNull()
    const preflight = await fetch(`${url}/donations`, {
      method: 'OPTIONS',
      headers: { origin: 'https://example.com' },
    })
    expect(preflight.headers.get('access-control-allow-methods')).toBeNull()
  })

  it('answers 404 as problem+json for what is not there', async () => {
    const url = await serve()
    const answer = await fetch(`${url}/nothing`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  })

  it('is not upset by a client that leaves in the middle of its body', async () => {
    const url = await serve()
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await new Promise((resolve) => socket.on('connect', resolve))
    socket.write('POST /donations HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"a"')
    socket.destroy()
    expect((await fetch(`${url}/campaigns/x`)).status).toBe(200)
  })

  it('does not share its port with a server that has localhost on IPv6', async () => {
    const other = createServer()
    await new Promise<void>((resolve, reject) => {
      other.once('error', reject)
      other.listen(0, '::1', resolve)
    })
    const { port } = other.address() as AddressInfo
    await expect(serve({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', port })
    await new Promise((resolve) => other.close(resolve))
    await serve({ port })
  })
})
