/**
 * The one port: `/mqtt` becomes a WebSocket, everything else is the data plane, as on AWS. docs/aws-iot-core.md §1.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AwsRequest, AwsResponse } from '../aws.ts'
import { bounds } from './limits.ts'
import { answerUpgrade, type UpgradeHandlers } from './websocket-upgrade.ts'

export interface ServerHandlers extends UpgradeHandlers {
  /** Why the request may not even send its body, or undefined. */
  readonly refuse: (request: IncomingMessage) => AwsResponse | undefined
  readonly service: (request: AwsRequest, http: IncomingMessage) => Promise<AwsResponse> | AwsResponse
}

/** Makes the server; it does not listen yet. */
export function createIotServer(handlers: ServerHandlers): Server {
  const server = createServer(
    // A half-open request does not stay.
    { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5000 },
    (request, response) => {
      void answerRequest(handlers, request, response)
    },
  )
  server.on('upgrade', (request, socket, head) => {
    answerUpgrade(request, socket, head, handlers)
  })
  return server
}

async function answerRequest(
  handlers: ServerHandlers,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const refused = handlers.refuse(request)
    if (refused) {
      request.resume()
      send(response, refused)
      return
    }
    const body = await readBody(request)
    if (body === undefined) {
      response
        .writeHead(413, { 'x-amzn-errortype': 'RequestEntityTooLargeException', connection: 'close' })
        .end()
      return
    }
    send(response, await handlers.service(readRequest(request, body), request))
  } catch {
    // The client went away while its request was being read.
    response.destroy()
  }
}

/** An HTTP request as the services of the local AWS take it. */
export function readRequest(request: IncomingMessage, body: Uint8Array): AwsRequest {
  const { url = '/' } = request
  // Another `?` is the query's own.
  const at = url.indexOf('?')
  const path = at < 0 ? url : url.slice(0, at)
  const queryString = at < 0 ? '' : url.slice(at + 1)
  const query = Map.groupBy(new URLSearchParams(queryString), ([name]) => name)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  return {
    method: request.method ?? 'GET',
    path,
    query: Object.fromEntries(Array.from(query, ([name, pairs]) => [name, pairs.map(([, value]) => value)])),
    headers,
    body,
  }
}

/** The whole body, or undefined when it is over the bound. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > bounds.requestBytes) return undefined
  const chunks: Buffer[] = []
  let bytes = 0
  // Leaving the loop must not destroy the request: with it would go the socket that the answer is for.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bounds.requestBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function send(response: ServerResponse, { statusCode, headers, body }: AwsResponse): void {
  response.writeHead(statusCode, { ...headers, 'content-length': body.length }).end(body)
}
