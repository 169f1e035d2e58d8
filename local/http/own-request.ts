import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { readBody } from './request-body.ts'

/** A request for one of the stack's own pages. */
export interface OwnRequest {
  readonly method: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The body; undefined when it is longer than 64 KiB, or its sender left. */
  body(): Promise<Buffer | undefined>
}

/** The longest body, bytes. */
const ownBodyBytesMax = 64 * 1024

/** Reads a request as the stack's own pages want it. */
export function ownRequest(request: IncomingMessage, query: string): OwnRequest {
  return {
    method: request.method ?? 'GET',
    query: new URLSearchParams(query),
    headers: request.headers,
    async body() {
      const body = await readBody(request, ownBodyBytesMax)
      return typeof body === 'string' ? undefined : body
    },
  }
}
