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
  /** How long the whole answer may take, ms. Default: 30,000. */
  readonly withinMs?: number
}

export interface HttpAnswer {
  /** 0 when there was none that is whole. */
  readonly status: number
  /** `200`, `429 too-many-sessions` where a refusal says its code, `ECONNREFUSED`, `no answer`, `more than 4 MB`. */
  readonly said: string
  readonly body: string
}

/** AWS's HTTP API gives up after this, ms; so does the tester. */
const withinMsByDefault = 30_000
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
  withinMs = withinMsByDefault,
}: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    const unanswered = (said: string): void => resolve({ status: 0, said, body: '' })
    let hasAnswer = false
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
      (answer) => {
        hasAnswer = true
        readAnswer(answer, resolve)
      },
    )
    const late = setTimeout(() => {
      unanswered('no answer')
      request.destroy()
    }, withinMs)
    request.on('error', (error: NodeJS.ErrnoException) => unanswered(error.code ?? error.message))
    // Asked for nothing of the kind: the connection would stay open with neither an answer nor an error.
    request.on('upgrade', (_, socket) => {
      unanswered('another protocol')
      socket.destroy()
    })
    request.on('close', () => {
      clearTimeout(late)
      // It may be told before the last of an answer has been read.
      if (!hasAnswer) unanswered('ECONNRESET')
    })
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
    const body = Buffer.concat(chunks).toString()
    resolve({ status, said: answerText(status, body), body })
  })
  answer.on('close', () => resolve({ status: 0, said: 'ECONNRESET', body: '' }))
  answer.on('error', (error: NodeJS.ErrnoException) =>
    resolve({ status: 0, said: error.code ?? error.message, body: '' }),
  )
}

/**
 * The status, and behind 429 who refused: a problem's `type` is the function's (an address's share), `Too Many Requests` the
 * front's throttle of all addresses together, as AWS's HTTP API words it.
 */
function answerText(status: number, body: string): string {
  if (status !== 429) return `${status}`
  try {
    const said: unknown = JSON.parse(body)
    if (typeof said !== 'object' || said === null) return '429'
    const [, code] =
      /^urn:fanfare:problem:([a-z][a-z-]{1,40})$/.exec('type' in said ? String(said.type) : '') ?? []
    if (code !== undefined) return `429 ${code}`
    return 'message' in said && said.message === 'Too Many Requests' ? '429 Too Many Requests' : '429'
  } catch {
    // Whoever refused gave no reason that can be read.
    return '429'
  }
}
