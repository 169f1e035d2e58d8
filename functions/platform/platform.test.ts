import { createHash } from 'node:crypto'
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { backoffMs } from './backoff.ts'
import { isPassing, isThrottling } from './dynamodb.ts'
import { answerCustomResource } from './endpoints.ts'
import { EnvironmentError, readEnvironment } from './environment.ts'
import { eventHandler, httpHandler } from './handler.ts'
import { type HttpEvent, jsonAnswer, readBearer, readJsonBody } from './http.ts'
import { ProblemError, quoteValue } from './problem.ts'
import { findServiceToken, parseServiceTokens } from './service-tokens.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const anEvent = (changes: Partial<HttpEvent> = {}): HttpEvent => ({
  version: '2.0',
  routeKey: 'POST /x',
  rawPath: '/x',
  rawQueryString: '',
  headers: {},
  requestContext: {} as HttpEvent['requestContext'],
  isBase64Encoded: false,
  ...changes,
})

describe('environment', () => {
  it('reads variables with their defaults', () => {
    const environment = readEnvironment(['LIVE_TABLE', 'SESSION_SECONDS', 'DONATIONS_FROM'], {
      LIVE_TABLE: 'live',
      SESSION_SECONDS: '600',
      DONATIONS_FROM: '',
    })
    expect(environment).toEqual({ LIVE_TABLE: 'live', SESSION_SECONDS: 600, DONATIONS_FROM: 'service' })
  })

  it('names everything that is wrong at once', () => {
    const read = () =>
      readEnvironment(['LIVE_TABLE', 'SESSION_SECONDS', 'IOT_ENDPOINT'], {
        SESSION_SECONDS: '10',
        IOT_ENDPOINT: 'x',
      })
    expect(read).toThrow(EnvironmentError)
    expect(read).toThrow(/LIVE_TABLE is not set[^]*SESSION_SECONDS is "10"[^]*IOT_ENDPOINT is "x"/)
  })
})

describe('service tokens', () => {
  const tokens = parseServiceTokens(`till:service:${sha256('one')}, ann:staff:${sha256('two').toUpperCase()}`)

  it('are found by their hash', () => {
    expect(findServiceToken(tokens, 'two')).toMatchObject({ name: 'ann', role: 'staff' })
    expect(findServiceToken(tokens, 'three')).toBeUndefined()
    expect(findServiceToken([], 'one')).toBeUndefined()
  })

  it.each(['till', 'till:admin:00', `till:staff:secret`, `a:staff:${sha256('x')},a:staff:${sha256('y')}`])(
    'are refused unfit, without repeating what was written: %s',
    (text) => {
      expect(() => parseServiceTokens(text)).toThrow(/unfit entry 1|twice/)
      expect(() => parseServiceTokens(text)).not.toThrow(/secret/)
    },
  )
})

describe('backoff', () => {
  it('is between nothing and the doubled base, and never beyond the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, chance) => {
          const waitMs = backoffMs(attempt, { baseMs: 20, capMs: 1000 }, () => chance)
          expect(waitMs).toBeGreaterThanOrEqual(0)
          expect(waitMs).toBeLessThanOrEqual(Math.min(1000, 20 * 2 ** (attempt - 1)))
        },
      ),
    )
  })
})

describe('a request', () => {
  it('has a JSON body, plain or base64', () => {
    expect(readJsonBody(anEvent({ body: '{"a":"ü"}' }), 100)).toEqual({ a: 'ü' })
    const body = Buffer.from('{"a":1}').toString('base64')
    expect(readJsonBody(anEvent({ body, isBase64Encoded: true }), 100)).toEqual({ a: 1 })
  })

  it.each([
    [undefined, 400],
    ['{', 400],
    ['"xxxxxxxxxxxxxxxxxxxx"', 413],
    ['x'.repeat(300_000), 413],
    [`"${'ü'.repeat(9)}"`, 413],
  ])('is refused with a body that does not fit', (body, status) => {
    const read = () => readJsonBody(anEvent(body === undefined ? {} : { body }), 16)
    expect(read).toThrow(ProblemError)
    expect(read).toThrow(expect.objectContaining({ status }) as ProblemError)
  })

  it('has a bearer token, none, or something else', () => {
    expect(readBearer(anEvent({ headers: { authorization: 'Bearer a.b-c' } }))).toBe('a.b-c')
    expect(readBearer(anEvent())).toBeUndefined()
    expect(() => readBearer(anEvent({ headers: { authorization: 'Basic x' } }))).toThrow(ProblemError)
  })
})

describe('a quoted value', () => {
  it.each([
    [undefined, 'absent'],
    ['x', '"x"'],
    [Number.NaN, 'null'],
    [{ a: 1 }, '{"a":1}'],
  ])('%j is %s', (value, text) => {
    expect(quoteValue(value)).toBe(text)
  })

  it('is short and harmless however long or strange', () => {
    const quoted = quoteValue(`\u001b[31m\u009b${'😀'.repeat(1000)}`)
    expect(quoted.length).toBeLessThanOrEqual(60)
    expect(quoted).not.toMatch(/\p{Cc}/u)
    expect(quoted.isWellFormed()).toBe(true)
  })
})

describe('a handler', () => {
  const context = { awsRequestId: 'r1', getRemainingTimeInMillis: () => 10_000 } as Context
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('turns a problem into its answer', async () => {
    const handler = httpHandler(() =>
      Promise.reject(
        new ProblemError({
          status: 404,
          code: 'gone',
          title: 'Gone',
          detail: 'it is gone',
          remedy: 'look elsewhere',
        }),
      ),
    )
    const answer = await handler(anEvent(), context)
    expect(answer).toMatchObject({ statusCode: 404, headers: { 'content-type': 'application/problem+json' } })
    expect(JSON.parse(answer.body ?? '')).toEqual({
      type: 'urn:fanfare:problem:gone',
      title: 'Gone',
      status: 404,
      detail: 'it is gone',
      instance: 'urn:fanfare:request:r1',
      remedy: 'look elsewhere',
    })
  })

  it('hides an error of ours, and logs it once with the request', async () => {
    const lines: string[] = []
    vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0)
    const handler = httpHandler(() => Promise.reject(new Error('password is hunter2')))
    const answer = await handler(anEvent(), context)
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toContain('hunter2')
    expect(lines.filter((line) => line.includes('hunter2') && line.includes('r1'))).toHaveLength(1)
    expect(
      (await httpHandler(() => Promise.resolve(jsonAnswer(200, {})))(anEvent(), context)).statusCode,
    ).toBe(200)
  })

  it('throws on what an event source should retry', async () => {
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
    await expect(eventHandler(() => Promise.reject(new Error('again')))({}, context)).rejects.toThrow('again')
  })
})

describe('an error of AWS', () => {
  const error = (name: string, fields: object = {}) => Object.assign(new Error(name), { name, ...fields })
  it.each([
    [error('ThrottlingException', { $fault: 'client' }), true],
    [error('Anything', { $fault: 'client', $metadata: { httpStatusCode: 429 } }), true],
    [error('InternalServerError', { $fault: 'server' }), true],
    [error('TimeoutError'), true],
    [error('Error', { code: 'ECONNREFUSED' }), true],
    [error('ValidationException', { $fault: 'client', $metadata: { httpStatusCode: 400 } }), false],
    [new TypeError('x is undefined'), false],
    ['text', false],
  ])('%s passes by itself: %s', (thrown, passing) => {
    expect(isPassing(thrown)).toBe(passing)
  })

  it('is told from throttling', () => {
    expect(isThrottling(error('InternalServerError', { $fault: 'server' }))).toBe(false)
    expect(isThrottling(error('ProvisionedThroughputExceededException'))).toBe(true)
  })
})

describe('the endpoints for CloudFormation', () => {
  const request = (RequestType: string, ResourceProperties: object = {}) =>
    ({
      RequestType,
      StackId: 's',
      RequestId: 'r',
      LogicalResourceId: 'l',
      ResourceProperties,
    }) as CloudFormationCustomResourceEvent
  const hosts = {
    data: () => Promise.resolve('data.iot'),
    domain: (name: string) => Promise.resolve(`${name}.iot`),
  }

  it('tells both addresses', async () => {
    expect(await answerCustomResource(request('Create'), hosts, 'log')).toMatchObject({
      Status: 'SUCCESS',
      Data: { Mqtt: 'wss://data.iot/mqtt', Data: 'https://data.iot' },
    })
    const named = await answerCustomResource(
      request('Update', { DomainConfigurationName: 'mine' }),
      hosts,
      'log',
    )
    expect(named).toMatchObject({ Data: { Mqtt: 'wss://mine.iot/mqtt', Data: 'https://data.iot' } })
  })

  it('fails with its reason, and never on Delete', async () => {
    const broken = { ...hosts, data: () => Promise.reject(new Error('AccessDenied')) }
    expect(await answerCustomResource(request('Create'), broken, 'log')).toMatchObject({
      Status: 'FAILED',
      Reason: 'Error: AccessDenied (log stream log)',
    })
    expect(await answerCustomResource(request('Delete'), broken, 'log')).toMatchObject({ Status: 'SUCCESS' })
  })
})
