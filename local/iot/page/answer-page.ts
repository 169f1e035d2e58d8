/**
 * `GET /_fanfare/iot`: the broker while one develops, as a page for people and as JSON for programs.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AwsRequest, AwsResponse } from '../../aws.ts'
import type { Broker } from '../broker.ts'
import { snapshotOf, type SnapshotQuery } from './snapshot.ts'

/** Where it stands. */
export const pagePath = '/_fanfare/iot'

/** Answers with the page when the caller prefers HTML, else with JSON: `?limit=500`, `?clientId=a&clientId=b`, `?format=json`. */
export function answerPage(broker: Broker, request: AwsRequest): AwsResponse {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return respond(405, 'text/plain; charset=utf-8', `use GET, not ${request.method}\n`)
  const wantsHtml = request.headers['accept']?.includes('text/html') === true
  if (wantsHtml && request.query['format'] === undefined) return page()
  return respond(200, 'application/json', JSON.stringify(snapshotOf(broker, readQuery(request))))
}

function readQuery({ query }: AwsRequest): SnapshotQuery {
  const limit = Number([query['limit']].flat()[0])
  const clientIds = query['clientId']
  return {
    ...(Number.isInteger(limit) && limit > 0 && { limit }),
    ...(clientIds !== undefined && { clientIds: [clientIds].flat() }),
  }
}

let made: AwsResponse | undefined

/** Made once: one document that asks for nothing but its own JSON. */
function page(): AwsResponse {
  if (made) return made
  const [html, style, script] = ['page.html', 'page.css', 'page.js'].map((name) =>
    readFileSync(new URL(name, import.meta.url), 'utf8'),
  ) as [string, string, string]
  const body = html
    .replace(/<style>[^]*?<\/style>/, () => `<style>${style}</style>`)
    .replace(/<script>[^]*?<\/script>/, () => `<script>${script}</script>`)
  // What runs is named by its hash: nothing that a topic or a client ID brings can run, however it got into the page.
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  made = respond(200, 'text/html; charset=utf-8', body, { 'content-security-policy': policy.join('; ') })
  return made
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function respond(
  statusCode: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): AwsResponse {
  return {
    statusCode,
    headers: {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      vary: 'accept',
      ...headers,
    },
    body: Buffer.from(body),
  }
}
