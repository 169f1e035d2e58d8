/**
 * API Gateway's HTTP API, payload format 2.0: a request as the event a Lambda gets, and its answer as a response.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { localAccount } from '../aws.ts'

export interface HttpRequest {
  readonly method: string
  readonly path: string
  /** Without the question mark. */
  readonly queryString: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly sourceIp: string
  readonly routeKey: string
  readonly pathParameters: Readonly<Record<string, string>>
}

const textTypes = /^(?:text\/|application\/(?:json|javascript|xml|x-www-form-urlencoded|[\w.+-]+\+json)|$)/

/** The event of payload format 2.0. */
export function httpEvent(request: HttpRequest, now: number): Record<string, unknown> {
  const headers: Record<string, string> = {}
  let cookies: string[] | undefined
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined) continue
    if (name === 'cookie') cookies = String(value).split('; ')
    else headers[name] = Array.isArray(value) ? value.join(',') : value
  }
  const query = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(request.queryString)) {
    const before = query.get(name)
    query.set(name, before === undefined ? value : `${before},${value}`)
  }
  const text = textTypes.test(headers['content-type'] ?? '')
  return {
    version: '2.0',
    routeKey: request.routeKey,
    rawPath: request.path,
    rawQueryString: request.queryString,
    ...(cookies && { cookies }),
    headers,
    ...(request.queryString && { queryStringParameters: Object.fromEntries(query) }),
    ...(Object.keys(request.pathParameters).length > 0 && { pathParameters: request.pathParameters }),
    requestContext: {
      accountId: localAccount.accountId,
      apiId: 'local',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method: request.method,
        path: request.path,
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: request.routeKey,
      stage: '$default',
      time: new Date(now).toISOString(),
      timeEpoch: now,
    },
    ...(request.body.length > 0 && { body: request.body.toString(text ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body.length > 0 && !text,
  }
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[]>
  readonly body: Buffer
}

/** The response that a Lambda's result stands for; a result that API Gateway cannot read answers 502, as there. */
export function httpAnswer(result: unknown): HttpAnswer {
  if (!isRecord(result) || !('statusCode' in result)) {
    // Payload format 2.0 infers 200 and JSON from a result without a status code.
    if (result === undefined || result === null) return message(502, 'Bad Gateway')
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(asText(result)) }
  }
  const status = Number(result['statusCode'])
  if (!Number.isInteger(status) || status < 100 || status > 599) return message(502, 'Bad Gateway')
  const headers: Record<string, string | string[]> = {}
  if (isRecord(result['headers'])) {
    for (const [name, value] of Object.entries(result['headers'])) headers[name.toLowerCase()] = String(value)
  }
  if (Array.isArray(result['cookies'])) headers['set-cookie'] = result['cookies'].map(String)
  headers['content-type'] ??= 'text/plain; charset=utf-8'
  const body = result['body'] === undefined || result['body'] === null ? '' : asText(result['body'])
  return { status, headers, body: Buffer.from(body, result['isBase64Encoded'] === true ? 'base64' : 'utf8') }
}

/** API Gateway's own answers: `{"message": …}`. */
export function message(status: number, text: string): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message: text })),
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
