/**
 * The HTTP API of serverless.yml and the pages of `web/`, on one port.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../clock.ts'
import type { TemplateCors } from '../template/template.ts'
import { type HttpAnswer, httpAnswer, httpEvent, message } from './event.ts'
import { corsOf } from './cors.ts'
import { pageHeaders } from './headers.ts'
import { type OwnRequest, ownRequest } from './own-request.ts'
import type { Pages } from './pages.ts'
import { readBody } from './request-body.ts'
import { defaultRoute, type Route, routeFinder, type RouteMatch } from './routes.ts'
import { type Throttle, tokenBucket } from './throttle.ts'

export interface HttpServerOptions {
  /** 0 picks a free one. */
  readonly port: number
  /** Targets are functions, by their key in serverless.yml. */
  readonly routes: readonly Route<string>[]
  /** Rejects when the function failed; with `code: 'THROTTLED'` when it has no capacity left. */
  invoke(functionKey: string, event: unknown): Promise<unknown>
  readonly pages?: Pages
  /** Pages of the local stack itself, by path. */
  readonly own?: Readonly<Record<string, (request: OwnRequest) => HttpAnswer | Promise<HttpAnswer>>>
  /** By route key, `POST /session`: refused with 429 beyond it, without an invocation. */
  readonly throttles?: Readonly<Record<string, Throttle>>
  /** Which pages of other origins may call. Default: none. */
  readonly cors?: TemplateCors | undefined
  readonly clock: Clock
  log?(problem: string): void
}

export interface HttpServer {
  readonly port: number
  close(): Promise<void>
}

/** How long a connection is kept, ms: one that sends a byte now and then does not stay. */
const patience = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5000,
}

/** Listens on localhost, on both of its addresses where the machine has both. Rejects with the listening error. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const find = routeFinder(options.routes)
  const cors = corsOf(options.cors)
  const throttled = new Map(
    Object.entries(options.throttles ?? {}).map(([key, throttle]) => [
      key,
      tokenBucket(throttle, () => options.clock.now()),
    ]),
  )
  const answerApi = async (
    request: IncomingMessage,
    path: string,
    query: string,
    match: RouteMatch<string>,
  ): Promise<HttpAnswer | undefined> => {
    const { method, path: routePath } = match.route
    const routeKey = routePath === defaultRoute ? defaultRoute : `${method} ${routePath}`
    const mayPass = throttled.get(routeKey)
    if (mayPass && !mayPass()) return message(429, 'Too Many Requests')
    const body = await readBody(request)
    if (body === 'aborted') return undefined
    if (body === 'too-large') return message(413, 'Request Too Long')
    const event = httpEvent(
      {
        method: request.method ?? 'GET',
        path,
        queryString: query,
        headers: request.headers,
        body,
        sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
        routeKey,
        pathParameters: match.pathParameters,
      },
      options.clock.now(),
    )
    try {
      return httpAnswer(await options.invoke(match.route.target, event))
    } catch (error) {
      // The function's log says what happened; a caller learns what API Gateway would tell.
      if ((error as { code?: string }).code === 'THROTTLED') return message(503, 'Service Unavailable')
      return message(500, 'Internal Server Error')
    }
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? '/'
    const mark = url.indexOf('?')
    const path = mark === -1 ? url : url.slice(0, mark)
    const query = mark === -1 ? '' : url.slice(mark + 1)
    const match = find(request.method ?? 'GET', path)
    // On AWS the pages are elsewhere; here they come before an application that takes every path.
    const isPage = match?.route.path === defaultRoute && (options.own?.[path] ?? options.pages?.find(path))
    if (match && !isPage) {
      const answer = await answerApi(request, path, query, match)
      if (answer)
        send(response, { ...answer, headers: { ...answer.headers, ...cors.answer(request.headers.origin) } })
      return
    }
    if (request.method === 'OPTIONS') {
      request.resume()
      response.writeHead(204, cors.preflight(request.headers.origin)).end()
      return
    }
    const own = options.own?.[path]
    const answer = await own?.(ownRequest(request, query))
    request.resume()
    if (answer) return send(response, answer)
    sendPage(request, response, options.pages, path)
  }

  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch((error: unknown) => {
      options.log?.(`HTTP: ${error instanceof Error ? error.message : String(error)}`)
      if (!response.headersSent) send(response, message(500, 'Internal Server Error'))
    })
  }
  const server = createServer(patience, serve)
  const port = await listen(server, options.port, '127.0.0.1')
  const second = createServer(patience, serve)
  await listen(second, port, '::1').catch(async (error: unknown) => {
    // A machine without IPv6 has localhost only as 127.0.0.1, and that is enough. But where another has the port,
    // a browser that asks for localhost would reach it instead of us.
    if (!noIpv6.has((error as NodeJS.ErrnoException).code ?? '')) {
      await stop(server)
      throw error
    }
  })
  return {
    port,
    async close() {
      await Promise.all([server, second].map((one) => stop(one)))
    },
  }
}

function sendPage(
  request: IncomingMessage,
  response: ServerResponse,
  pages: Pages | undefined,
  path: string,
): void {
  const found = request.method === 'GET' || request.method === 'HEAD' ? pages?.find(path) : undefined
  if (!found) {
    const body = JSON.stringify({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: `nothing is at ${request.method} ${path}`,
    })
    send(response, {
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
      body: Buffer.from(body),
    })
    return
  }
  const headers = {
    ...pageHeaders,
    'content-type': found.contentType,
    etag: found.etag,
    'cache-control': 'no-cache',
  }
  if (request.headers['if-none-match'] === found.etag) {
    response.writeHead(304, headers).end()
    return
  }
  response.writeHead(200, { ...headers, 'content-length': found.body.length })
  response.end(request.method === 'HEAD' ? undefined : found.body)
}

function send(response: ServerResponse, answer: HttpAnswer): void {
  if (response.destroyed) return
  response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length })
  response.end(answer.body)
  // A body that was not read to its end must not be taken for the next request.
  if (answer.status === 413) response.on('finish', () => response.socket?.destroySoon())
}

/** What listening on ::1 says where there is no such address. */
const noIpv6: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'])

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      server.removeListener('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve()
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 1000).unref()
  })
}
