/**
 * One request of the HTTP API, payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 *
 * @module
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { ProblemError, quoteValue } from './problem.ts'

export type HttpEvent = APIGatewayProxyEventV2

export type HttpAnswer = APIGatewayProxyStructuredResultV2 & {
  readonly statusCode: number
  readonly headers: Record<string, string>
}

/** A JSON answer that no cache keeps, unless `headers` says otherwise. */
export function jsonAnswer(
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  }
}

/** The answer for a problem. `requestId` finds the log line; it is the problem's `instance`. */
export function problemAnswer(problem: ProblemError, requestId: string): HttpAnswer {
  return {
    statusCode: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...problem.headers,
    },
    body: JSON.stringify({
      type: `urn:fanfare:problem:${problem.code}`,
      title: problem.title,
      status: problem.status,
      detail: problem.message,
      instance: `urn:fanfare:request:${requestId}`,
      remedy: problem.remedy,
      ...(problem.errors ? { errors: problem.errors } : {}),
    }),
  }
}

/** The body as JSON. Throws a ProblemError: 413 for more than `bytesMax` bytes, 400 for what is not JSON. */
export function readJsonBody(event: HttpEvent, bytesMax: number): unknown {
  const raw = event.body ?? ''
  // Base64 is longer than what it carries; the quick look keeps a huge body from being decoded at all.
  if (raw.length > bytesMax * 2) throw tooLarge(raw.length, bytesMax)
  const text = event.isBase64Encoded ? Buffer.from(raw, 'base64').toString('utf8') : raw
  const bytes = Buffer.byteLength(text)
  if (bytes > bytesMax) throw tooLarge(bytes, bytesMax)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ProblemError({
      status: 400,
      code: 'body-not-json',
      title: 'The body is not JSON',
      detail: text === '' ? 'the body is empty' : `the body begins ${quoteValue(text)} and is not JSON`,
      remedy: 'send one JSON object in UTF-8, with content-type application/json',
      cause: error,
    })
  }
}

function tooLarge(bytes: number, bytesMax: number): ProblemError {
  return new ProblemError({
    status: 413,
    code: 'body-too-large',
    title: 'The body is too large',
    detail: `the body has about ${bytes} bytes; ${bytesMax} are the most`,
    remedy: 'shorten its texts',
  })
}

/** The bearer token, or undefined without an `Authorization` header. Throws a 401 ProblemError for another scheme. */
export function readBearer(event: HttpEvent): string | undefined {
  const header = event.headers['authorization']
  if (header === undefined) return undefined
  const token = /^bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header)?.[1]
  if (token === undefined) {
    throw unauthorised(
      'the Authorization header holds no bearer token',
      'send `Authorization: Bearer <token>`',
    )
  }
  return token
}

/** 401: who is asking is not known. */
export function unauthorised(detail: string, remedy: string): ProblemError {
  return new ProblemError({
    status: 401,
    code: 'unauthorised',
    title: 'No valid token',
    detail,
    remedy,
    headers: { 'www-authenticate': 'Bearer' },
  })
}

/** 403: who is asking is known, and may not. */
export function forbidden(detail: string, remedy: string): ProblemError {
  return new ProblemError({ status: 403, code: 'forbidden', title: 'Not allowed', detail, remedy })
}
