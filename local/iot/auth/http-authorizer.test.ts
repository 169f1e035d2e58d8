import { Agent, request } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import {
  type AuthorizerOptions,
  type IotCore,
  type IotCoreOptions,
  type LogLine,
  startIotCore,
} from '../index.ts'
import { anAnswer, anAuthorizer, signature, tokenQuery } from '../testing/an-authorizer.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'

let iot: IotCore
let clock: ManualClock
let lines: LogLine[]

async function start(options: IotCoreOptions): Promise<void> {
  clock = manualClock()
  lines = []
  iot = await startIotCore({ clock, quotas: 'off', log: (line) => lines.push(line), ...options })
}

afterEach(() => iot.close())

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

/** Answers the status, the error's type and the body. */
function ask(path: string, { method = 'POST', headers = {}, agent }: Asked = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ port: iot.port, path, method, headers, ...(agent && { agent }) }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () =>
        resolve(`${response.statusCode} ${String(response.headers['x-amzn-errortype'])} ${text}`),
      )
    })
    asked.on('error', reject)
    asked.end(method === 'POST' ? 'x' : undefined)
  })
}

const inHeaders = {
  'x-amz-customauthorizer-name': 'visitors',
  'x-amz-customauthorizer-signature': signature('t'),
  token: 't',
}

test('§5a lets publish, by headers or by the query, and shows the authorizer the http part alone', async () => {
  const authorizer = anAuthorizer()
  await start({ authorizers: [authorizer] })
  expect(await ask('/topics/drop/a', { headers: inHeaders })).toMatch(/^200 /)
  const query = `?qos=1&${tokenQuery('t')}`
  expect(await ask(`/topics/drop%2Fa${query}`)).toMatch(/^200 /)
  expect(authorizer.events).toEqual([
    {
      token: 't',
      signatureVerified: true,
      protocols: ['http'],
      protocolData: { http: { headers: expect.objectContaining({ token: 't' }), queryString: '' } },
      connectionMetadata: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    },
    expect.objectContaining({
      protocolData: { http: { headers: expect.any(Object), queryString: query } },
    }),
  ])
  expect(iot.stats().publishes).toBe(2)
})

test('§5a its policy bounds the publish', async () => {
  await start({ authorizers: [anAuthorizer()] })
  expect(await ask('/topics/public/a', { headers: inHeaders })).toMatch(
    /^403 ForbiddenException .*visitor1 may not iot:Publish on .*topic\/public\/a: no statement allows it/,
  )
  expect(await ask('/topics/drop/a?retain=true', { headers: inHeaders })).toMatch(/^200 /)
})

test('§5a serves publish and nothing else', async () => {
  const authorizer = anAuthorizer()
  await start({ authorizers: [authorizer], defaultAuthorizer: 'visitors' })
  for (const [method, path] of [
    ['GET', '/retainedMessage'],
    ['GET', '/connections/a'],
    ['DELETE', '/connections/a'],
  ] as const)
    expect(await ask(path, { method, headers: inHeaders })).toMatch(/^403 ForbiddenException /)
  expect(authorizer.events).toEqual([])
})

test.each([
  ['the Lambda says no', () => ({ isAuthenticated: false }), inHeaders, 'NOT_AUTHENTICATED'],
  ['the answer is malformed', () => ({}), inHeaders, 'AUTHORIZER_FAILED'],
  ['the signature is another’s', () => anAnswer(), { ...inHeaders, token: 'u' }, 'SIGNATURE_INVALID'],
  [
    'the authorizer is unknown',
    () => anAnswer(),
    { ...inHeaders, 'x-amz-customauthorizer-name': 'x' },
    'AUTHORIZER_NOT_FOUND',
  ],
])('§5a is an UnauthorizedException when %s, and logged', async (_, invoke, headers, code) => {
  await start({ authorizers: [anAuthorizer(invoke)] })
  expect(await ask('/topics/drop/a', { headers })).toMatch(new RegExp(`^401 UnauthorizedException .*${code}`))
  expect(lines).toMatchObject([{ level: 'warn', message: expect.stringContaining(code) }])
})

test('§5a who says nothing of itself is refused before its body, unless there is a default authorizer', async () => {
  await start({ authorizers: [anAuthorizer()] })
  expect(await ask('/topics/drop/a')).toMatch(/^403 ForbiddenException .*AWS Signature Version 4/)
  await iot.close()
  const open = anAuthorizer(undefined, { signingDisabled: true, publicKeys: {}, tokenKeyName: undefined })
  await start({ authorizers: [open], defaultAuthorizer: 'visitors' })
  expect(await ask('/topics/drop/a')).toMatch(/^200 /)
  expect(open.events).toMatchObject([{ signatureVerified: false, protocols: ['http'] }])
})

async function publishThrice(authorizer: AuthorizerOptions): Promise<Agent> {
  await start({ authorizers: [authorizer] })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (let times = 0; times < 3; times += 1) await ask('/topics/drop/a', { headers: inHeaders, agent })
  return agent
}

test('§5a the Lambda runs for every publish', async () => {
  const authorizer = anAuthorizer()
  const agent = await publishThrice(authorizer)
  expect(authorizer.events).toHaveLength(3)
  agent.destroy()
})

test('§5a cached for HTTP, its answer holds until its refresh for the same token on the same connection', async () => {
  const authorizer = anAuthorizer(undefined, { enableCachingForHttp: true })
  const agent = await publishThrice(authorizer)
  expect(authorizer.events).toHaveLength(1)
  clock.advance(600_000)
  await ask('/topics/drop/a', { headers: inHeaders, agent })
  expect(authorizer.events).toHaveLength(2)
  const another = { ...inHeaders, token: 'u', 'x-amz-customauthorizer-signature': signature('u') }
  await ask('/topics/drop/a', { headers: another, agent })
  expect(authorizer.events).toHaveLength(3)
  await ask('/topics/drop/a', { headers: another })
  expect(authorizer.events).toHaveLength(4)
  agent.destroy()
})

test('§5a an authorizer that is INACTIVE lets nobody in', async () => {
  const authorizer = anAuthorizer(undefined, { status: 'INACTIVE' })
  await start({ authorizers: [authorizer] })
  expect(await ask('/topics/drop/a', { headers: inHeaders })).toMatch(/^401 .*set its Status to ACTIVE/)
  expect(authorizer.events).toEqual([])
})
