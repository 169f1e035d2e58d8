/**
 * Takes the place of `@smithy/node-http-handler` in the bundles of the local stack: the SDK's clients build, sign and
 * read requests as ever, and this hands them to the main thread instead of a socket.
 *
 * @module
 */
import { HttpResponse } from '@smithy/core/protocols'
import { type Carry, carryKey } from './messages.ts'

export { streamCollector } from '@smithy/core/serde'

/** No time-out, as in the class this stands for. */
export const DEFAULT_REQUEST_TIMEOUT = 0

interface Options {
  readonly requestTimeout?: number
  readonly socketTimeout?: number
  readonly throwOnRequestTimeout?: boolean
}

interface SdkRequest {
  readonly method: string
  readonly hostname: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

interface HandleOptions {
  readonly abortSignal?: AbortSignal
  readonly requestTimeout?: number
}

const carry = (globalThis as unknown as Record<typeof carryKey, Carry>)[carryKey]
const encoder = new TextEncoder()
const empty = new Uint8Array(0)

export class NodeHttpHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' }
  #options: Options | undefined
  readonly #given: Promise<Options | undefined>

  static create(given?: unknown): unknown {
    const isHandler = typeof (given as { handle?: unknown } | undefined)?.handle === 'function'
    return isHandler ? given : new NodeHttpHandler(given as Options | (() => Promise<Options | undefined>))
  }

  constructor(options?: Options | (() => Promise<Options | undefined>)) {
    this.#given = typeof options === 'function' ? options() : Promise.resolve(options)
  }

  async handle(request: SdkRequest, { abortSignal, requestTimeout }: HandleOptions = {}) {
    this.#options ??= (await this.#given) ?? {}
    const options = this.#options
    if (abortSignal?.aborted) throw abortError(abortSignal)
    const answer = carry({
      service: serviceOf(request),
      method: request.method,
      path: request.path,
      query: definedQuery(request.query),
      headers: lowerCased(request.headers),
      body: bytesOf(request.body),
    })
    const wantsTimeout = requestTimeout ?? options.requestTimeout ?? 0
    // Without throwOnRequestTimeout the real handler only warns; its socket time-out always throws.
    const limits = [options.throwOnRequestTimeout ? wantsTimeout : 0, options.socketTimeout ?? 0].filter(
      (ms) => ms > 0,
    )
    const { statusCode, headers, body } =
      limits.length > 0 || abortSignal
        ? await bounded(answer, Math.min(...limits), abortSignal)
        : await answer
    return { response: new HttpResponse({ statusCode, headers: { ...headers }, body }) }
  }

  updateHttpClientConfig(key: string, value: unknown): void {
    this.#options = { ...this.#options, [key]: value }
  }

  httpHandlerConfigs(): Options {
    return this.#options ?? {}
  }

  /** There is no socket to close. */
  destroy(): void {}
}

/** HTTP/2 clients (Kinesis, Transcribe) speak to no service of the local stack. */
export const NodeHttp2Handler = {
  create(): never {
    throw new Error('the local stack has no service that speaks HTTP/2')
  },
}

/** The service it is signed for; a request that is not signed names it by the start of its host. */
function serviceOf(request: SdkRequest): string {
  const authorization = request.headers['authorization'] ?? ''
  return (
    /Credential=[^/]*\/[^/]*\/[^/]*\/([^/]*)\//.exec(authorization)?.[1] ??
    request.hostname.slice(0, request.hostname.indexOf('.'))
  )
}

function bytesOf(body: unknown): Uint8Array {
  if (typeof body === 'string') return encoder.encode(body)
  if (body instanceof Uint8Array) return body
  if (body === undefined || body === null) return empty
  throw new TypeError('the local stack carries bodies that are text or bytes, and this one is a stream')
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  const result: Record<string, string> = {}
  for (const name in headers) result[name.toLowerCase()] = String(headers[name])
  return result
}

const noQuery = {}
function definedQuery(query: SdkRequest['query']): Record<string, string | readonly string[]> {
  if (!query) return noQuery
  const result: Record<string, string | readonly string[]> = {}
  for (const name in query) result[name] = query[name] ?? ''
  return result
}

function abortError(signal: AbortSignal): Error {
  return Object.assign(new Error('Request aborted', { cause: signal.reason }), { name: 'AbortError' })
}

async function bounded<T>(answer: Promise<T>, ms: number, signal: AbortSignal | undefined): Promise<T> {
  const ended = Promise.withResolvers<never>()
  const timer = Number.isFinite(ms)
    ? setTimeout(() => {
        const error = new Error(`no answer within ${ms} ms`)
        ended.reject(Object.assign(error, { name: 'TimeoutError', code: 'ETIMEDOUT' }))
      }, ms)
    : undefined
  const abort = (): void => ended.reject(signal ? abortError(signal) : new Error('aborted'))
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([answer, ended.promise])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}
