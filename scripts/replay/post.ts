/** One donation over HTTP, again under the same key until it is answered for good. */
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest, Agent as SecureAgent } from 'node:https'

export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

export interface HttpClient {
  send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<HttpAnswer>
  close(): void
}

/** Kept-alive connections to one address, as many as requests at a time. */
export function httpClient(url: string, connections: number): HttpClient {
  const base = new URL(url)
  const secure = base.protocol === 'https:'
  const agent = new (secure ? SecureAgent : Agent)({ keepAlive: true, maxSockets: connections })
  const open = secure ? httpsRequest : httpRequest
  return {
    send: (method, path, headers, body) =>
      new Promise((resolve, reject) => {
        const request = open(
          {
            host: base.hostname,
            port: base.port,
            path: base.pathname.replace(/\/$/, '') + path,
            method,
            agent,
            timeout: 30_000,
            headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
          },
          (response: IncomingMessage) => {
            let text = ''
            response.setEncoding('utf8')
            response.on('data', (chunk: string) => (text += chunk))
            response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
            response.on('error', reject)
          },
        )
        request.on('timeout', () => request.destroy(new Error('no answer within 30 s')))
        request.on('error', reject)
        request.end(body)
      }),
    close: () => agent.destroy(),
  }
}

export interface Retrying {
  /** Called before a wait, with what went wrong. */
  onRetry(problem: string): void
  /** Milliseconds of failure in a row after which to give up. */
  readonly giveUpAfterMs: number
}

/**
 * Sends until the answer is final. A connection that fails, 429 and 5xx are tried again under the same key, which makes
 * them the same donation; any other answer is final.
 */
export async function sendUntilAnswered(
  send: () => Promise<HttpAnswer>,
  retrying: Retrying,
): Promise<HttpAnswer> {
  const started = Date.now()
  for (let attempt = 0; ; attempt++) {
    let problem: string
    try {
      const answer = await send()
      if (answer.status !== 429 && answer.status < 500) return answer
      problem = `answered ${answer.status}`
    } catch (error) {
      problem =
        error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error)
    }
    if (Date.now() - started > retrying.giveUpAfterMs) {
      throw new Error(`gave up after ${Math.round(retrying.giveUpAfterMs / 1000)} s: ${problem}`)
    }
    retrying.onRetry(problem)
    // Full jitter: requests that failed together do not return together.
    const waitMs = Math.random() * Math.min(2000, 50 * 2 ** attempt)
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}
