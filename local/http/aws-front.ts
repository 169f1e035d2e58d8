/**
 * The services of the local AWS over HTTP, for tools: `aws --endpoint-url http://localhost:4002 …`.
 *
 * @module
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AwsResponse, AwsService, AwsServiceName } from '../aws.ts'
import { serviceNameOf } from '../lambda/index.ts'
import { readBody } from './request-body.ts'

export interface AwsFront {
  readonly port: number
  close(): Promise<void>
}

/** Listens on 127.0.0.1; a request goes to the service that its SigV4 credential scope names. Rejects with the listening error. */
export async function startAwsFront(
  port: number,
  services: Readonly<Partial<Record<AwsServiceName, AwsService>>>,
): Promise<AwsFront> {
  const answerOf = async (
    scope: string | undefined,
    request: Parameters<AwsService>[0],
  ): Promise<AwsResponse> => {
    const name = scope === undefined ? undefined : serviceNameOf(scope)
    const service = name && services[name]
    if (service) return service(request)
    const seen = scope === undefined ? 'the request is not signed' : `there is no ${scope}`
    const detail = `${seen}; this endpoint has ${Object.keys(services).join(', ')}, by the credential scope of the signature`
    return {
      statusCode: 404,
      headers: { 'content-type': 'application/problem+json' },
      body: Buffer.from(
        JSON.stringify({ type: 'about:blank', title: 'No such service', status: 404, detail }),
      ),
    }
  }
  // A request that does not end does not stay.
  const patience = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5000 }
  const server = createServer(patience, (request, response) => {
    const serve = async (): Promise<void> => {
      const body = await readBody(request)
      if (body === 'aborted') return
      if (body === 'too-large') {
        response.writeHead(413).end()
        return
      }
      const [path = '/', query = ''] = (request.url ?? '/').split('?', 2)
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(',') : (value ?? ''),
        ]),
      )
      const scope = /Credential=[^/]+\/\d+\/[^/]*\/([^/]+)\//.exec(headers['authorization'] ?? '')?.[1]
      const answer = await answerOf(scope, {
        method: request.method ?? 'GET',
        path,
        query: Object.fromEntries(new URLSearchParams(query)),
        headers,
        body,
      })
      response.writeHead(answer.statusCode, answer.headers).end(answer.body)
    }
    serve().catch(() => {
      // The service's own errors are answers; what comes here is a fault of this machine, and the tool tries again.
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
