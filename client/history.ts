/**
 * Reading by HTTP what the broker does not keep: a topic's head from `/state`, a feed's log from `/events`.
 *
 * @module
 */
import type { TopicContract } from '../topics/contract/contract.ts'
import type { LogPage } from '../topics/contract/log-page.ts'
import type { Clock } from './clock.ts'
import { ClientError, describeError } from './errors.ts'
import { bearerOf, type Session } from './session.ts'

export interface LogRange {
  readonly after: number
  readonly epoch: string
  /** 1 to `logPageEntries.max`. */
  readonly limit: number
}

export interface History {
  /** The JSON at this path with this query, or undefined for 404. Rejects with ClientError. */
  request(
    contract: TopicContract,
    path: string,
    query: Readonly<Record<string, string>>,
    init?: HistoryRequest,
  ): Promise<unknown>
  /** The message a joiner would have got, or undefined when the topic has no head. Rejects with ClientError. */
  readHead(contract: TopicContract, topic: string): Promise<unknown>
  /** Rejects with ClientError. */
  readLog(contract: TopicContract, topic: string, range: LogRange): Promise<LogPage>
}

export interface HistoryOptions {
  /** Before `/state` and `/events`. */
  readonly api: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly clock: Clock
  readonly requestTimeoutMs: number
  /** For topics that not everyone may hear. */
  readonly session: () => Promise<Session>
}

/** What is asked otherwise than by a plain GET. */
export interface HistoryRequest {
  readonly method: 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Reads over this `fetch`. */
export function createHistory(options: HistoryOptions): History {
  async function request(
    { subscribe }: TopicContract,
    route: string,
    query: Readonly<Record<string, string>>,
    init?: HistoryRequest,
  ): Promise<unknown> {
    const path = `${route}?${new URLSearchParams(query)}`
    const abort = new AbortController()
    let cancel = (): void => {}
    // The session's callback hears of no signal, and a fetch of the page's own may not.
    const late = new Promise<never>((_, reject) => {
      cancel = options.clock.after(options.requestTimeoutMs, () => {
        reject(new Error(`no answer within ${options.requestTimeoutMs} ms`))
        abort.abort()
      })
    })
    let status: number | undefined
    const ask = async (): Promise<unknown> => {
      // Without a token a topic for everyone can be kept by a CDN.
      const bearer = subscribe.rule !== 'anyone' && { authorization: bearerOf(await options.session()) }
      const headers = { ...init?.headers, ...bearer }
      const response = await options.fetch(options.api + path, { ...init, headers, signal: abort.signal })
      if (response.ok) return response.json()
      ;({ status } = response)
      return undefined
    }
    try {
      const answer = await Promise.race([ask(), late])
      if (status === undefined) return answer
    } catch (cause) {
      throw new ClientError('HTTP_ANSWER', `${path}: ${describeError(cause)}`, { cause })
    } finally {
      cancel()
    }
    if (status === 404) return undefined
    throw new ClientError('HTTP_STATUS', `${path} answered ${status}`, { status })
  }

  return {
    request,
    readHead: (contract, topic) => request(contract, '/state', { topic }),
    async readLog(contract, topic, { after, epoch, limit }) {
      const query = { topic, after: `${after}`, epoch, limit: `${limit}` }
      const page = (await request(contract, '/events', query)) as LogPage | undefined
      if (typeof page?.epoch === 'string' && Array.isArray(page.events)) {
        const { head, floor, events } = page
        if ([head, floor, ...events.map((event) => event?.sequence)].every(Number.isSafeInteger)) return page
      }
      throw new ClientError('HTTP_ANSWER', '/events answered without events')
    },
  }
}
