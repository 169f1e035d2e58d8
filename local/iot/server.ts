/**
 * The one port: `/mqtt` becomes a WebSocket, everything else is the data plane, as on AWS. docs/aws-iot-core.md §1.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { AwsResponse, AwsService } from '../aws.ts'
import { bounds } from './limits.ts'
import { answerUpgrade } from './websocket-upgrade.ts'

export interface ServerHandlers {
  readonly service: AwsService
  readonly onWebSocket: (socket: Socket, request: IncomingMessage) => void
}

/** Makes the server; it does not listen yet. */
export function createIotServer({ service, onWebSocket }: ServerHandlers): Server {
  const server = createServer(
    // A half-open request does not stay.
    { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5000 },
    (request, response) => {
      void answerRequest(service, request, response)
    },
  )
  server.on('upgrade', (request, socket, head) => {
    answerUpgrade(request, socket, head, onWebSocket)
  })
  return server
}

async function answerRequest(
  service: AwsService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (!mayAsk(request)) {
      // Who may not be here does not get to send a body either.
      request.resume()
      send(response, notSigned)
      return
    }
    const body = await readBody(request)
    if (body === undefined) {
      response
        .writeHead(413, { 'x-amzn-errortype': 'RequestEntityTooLargeException', connection: 'close' })
        .end()
      return
    }
    const [path = '/', queryString] = (request.url ?? '/').split('?', 2)
    const query = Map.groupBy(new URLSearchParams(queryString), ([name]) => name)
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(request.headers))
      if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
    const answer = await service({
      method: request.method ?? 'GET',
      path,
      query: Object.fromEntries(
        Array.from(query, ([name, pairs]) => [name, pairs.map(([, value]) => value)]),
      ),
      headers,
      body,
    })
    send(response, answer)
  } catch {
    // The client went away while its request was being read.
    response.destroy()
  }
}

/**
 * Whether the request carries a Signature Version 4, in its header or its query, if it needs one. Whose it is is not checked, so that
 * tools may use whatever keys they have. But a web page cannot send that header here, since no preflight is answered:
 * no page that a developer visits publishes to this machine's topics.
 */
function mayAsk({ headers, url = '' }: IncomingMessage): boolean {
  // What this broker tells of itself: GET alone, and no other site's page may read the answer.
  if (url.startsWith('/_fanfare/')) return true
  if (headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) return true
  return headers.origin === undefined && /[?&]X-Amz-Signature=/.test(url)
}

/** What AWS answers to who does not sign. */
const notSigned: AwsResponse = {
  statusCode: 403,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'ForbiddenException' },
  body: Buffer.from(
    JSON.stringify({
      message: 'the data plane wants AWS Signature Version 4, as the AWS SDKs and CLI send it',
    }),
  ),
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
