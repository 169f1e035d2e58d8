/**
 * One HTTP request, from an address of one's choice. It never throws: what went wrong is its answer.
 *
 * @module
 */
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { hostToDial } from './addresses.ts'

export interface HttpRequest {
  readonly url: URL
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
  /** Source address. A request that names one has a connection of its own. */
  readonly from?: string | undefined
  /** Ends it without an answer. */
  readonly signal?: AbortSignal
}

export interface HttpAnswer {
  /** 0 when there was none that is whole. */
  readonly status: number
  /** `200`, `ECONNREFUSED`, `no answer`, `more than 4 MB`. */
  readonly said: string
  readonly body: string
}

/** AWS's HTTP API gives up after this, ms; so does the tester. */
const timeoutMs = 30_000
/** Most of an answer that is read, bytes: AWS's HTTP API sends 10 MB at most, and nothing of ours comes near. */
const answerBytesMost = 4 * 1024 * 1024
const options = { keepAlive: true, maxSockets: 512, scheduling: 'lifo' } as const
const agents = { http: new HttpAgent(options), https: new HttpsAgent(options) }

export function sendRequest({
  url,
  method,
  headers = {},
  body,
  from,
  signal,
}: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    const secure = url.protocol === 'https:'
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    const request = (secure ? requestHttps : requestHttp)(
      {
        method,
        host: hostToDial(url.hostname),
        port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
        path: url.pathname + url.search,
        headers: {
          host: url.host,
          ...headers,
          ...(bytes ? { 'content-length': String(bytes.length) } : {}),
        },
        servername: url.hostname,
        agent: from === undefined ? (secure ? agents.https : agents.http) : false,
        ...(from === undefined ? {} : { localAddress: from }),
        ...(signal === undefined ? {} : { signal }),
      },
      (answer) => readAnswer(answer, resolve),
    )
    const late = setTimeout(() => {
      request.destroy()
      resolve({ status: 0, said: 'no answer', body: '' })
    }, timeoutMs)
    request.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ status: 0, said: error.code ?? error.message, body: '' }),
    )
    request.on('close', () => clearTimeout(late))
    request.end(bytes)
  })
}

/** Closes idle connections. */
export function closeIdleRequests(): void {
  agents.http.destroy()
  agents.https.destroy()
}

function readAnswer(answer: IncomingMessage, resolve: (answer: HttpAnswer) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= answerBytesMost) chunks.push(chunk)
    else {
      resolve({ status: 0, said: 'more than 4 MB', body: '' })
      answer.destroy()
    }
  })
  answer.on('end', () => {
    const status = answer.statusCode ?? 0
    resolve({ status, said: String(status), body: Buffer.concat(chunks).toString() })
  })
  answer.on('error', (error: NodeJS.ErrnoException) =>
    resolve({ status: 0, said: error.code ?? error.message, body: '' }),
  )
}
