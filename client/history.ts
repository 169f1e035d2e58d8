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

/** Reads over this `fetch`. */
export function createHistory(options: HistoryOptions): History {
  async function get(contract: TopicContract, path: string): Promise<{ status: number; body: unknown }> {
    const abort = new AbortController()
    const cancel = options.clock.after(options.requestTimeoutMs, () =>
      abort.abort(new Error(`no answer within ${options.requestTimeoutMs} ms`)),
    )
    try {
      // Without a token a topic for everyone can be kept by a CDN.
      const headers: Record<string, string> =
        contract.subscribe.rule === 'anyone' ? {} : { authorization: bearerOf(await options.session()) }
      const response = await options.fetch(options.api + path, { headers, signal: abort.signal })
      if (response.ok) return { status: response.status, body: await response.json() }
      if (response.status === 404) return { status: 404, body: undefined }
      throw new ClientError('HTTP_STATUS', `GET ${path} answered ${response.status}`, {
        status: response.status,
      })
    } catch (cause) {
      if (cause instanceof ClientError) throw cause
      throw new ClientError('HTTP_ANSWER', `GET ${path}: ${describeError(cause)}`, { cause })
    } finally {
      cancel()
    }
  }

  return {
    async readHead(contract, topic) {
      return (await get(contract, `/state?topic=${encodeURIComponent(topic)}`)).body
    },
    async readLog(contract, topic, { after, epoch, limit }) {
      const query = new URLSearchParams({ topic, after: `${after}`, epoch, limit: `${limit}` })
      const { status, body } = await get(contract, `/events?${query}`)
      const page = body as LogPage | undefined
      if (typeof page?.epoch !== 'string' || !Array.isArray(page.events)) {
        throw new ClientError(
          'HTTP_ANSWER',
          `GET /events?${query} answered ${status} without epoch and events`,
          {
            status,
          },
        )
      }
      return page
    },
  }
}
