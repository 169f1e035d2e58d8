/**
 * HTTP requests that this process has under way, by Node's own `http` and by `fetch`, as their diagnostics channels tell
 * of them. A request that is not over when the handler answers is work that AWS freezes in its middle.
 * https://nodejs.org/api/diagnostics_channel.html
 *
 * @module
 */
import { subscribe } from 'node:diagnostics_channel'

// Outlives an invocation: that is what it is for.
const underWay = new Map<object, string>()

/** What `node:http` and undici tell, as far as it is used here. */
interface Told {
  readonly request?: {
    readonly method?: string
    readonly path?: string
    readonly host?: string
    readonly origin?: string
  }
}

const started = (message: unknown): void => {
  const { request } = message as Told
  if (!request) return
  // Without the query, which may carry a token.
  const path = (request.path ?? '').split('?')[0] ?? ''
  underWay.set(request, `${request.method ?? 'GET'} ${request.origin ?? request.host ?? ''}${path}`)
}
const ended = (message: unknown): void => {
  const { request } = message as Told
  if (request) underWay.delete(request)
}

subscribe('http.client.request.start', started)
subscribe('http.client.response.finish', ended)
subscribe('http.client.request.error', ended)
subscribe('undici:request:create', started)
subscribe('undici:request:trailers', ended)
subscribe('undici:request:error', ended)

/** Those that are not over, as `GET host/path`. */
export const requestsUnderWay = (): string[] => [...underWay.values()]

/** Likewise, once each: who asks again is told of new ones only. */
export function takeRequestsUnderWay(): string[] {
  if (underWay.size === 0) return []
  const requests = requestsUnderWay()
  underWay.clear()
  return requests
}
