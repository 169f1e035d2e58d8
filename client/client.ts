/**
 * The client: one connection, and the topics that are heard over it.
 *
 * @module
 */
import { type FeedContract, type StateContract, topicOf } from '../topics/contract/contract.ts'
import type { ParametersOf } from '../topics/contract/pattern.ts'
import { createSubscriptions } from './connection/subscriptions.ts'
import { ClientError } from './errors.ts'
import { createHistory } from './history.ts'
import { type ClientOptions, resolveOptions } from './options.ts'
import { type ClientStatus, statusOf } from './status.ts'
import { callListeners } from './topic/listeners.ts'
import { type FeedTopic, type FeedTopicOptions, openFeed } from './topic/feed.ts'
import type { TopicPorts } from './topic/ports.ts'
import { openState, type StateTopic, type StateTopicOptions } from './topic/state.ts'

export interface Client extends AsyncDisposable {
  readonly status: ClientStatus
  /** Calls `listener` with each change of `status`; the answer removes it. */
  on(event: 'status', listener: (status: ClientStatus) => void): () => void
  /** Hears a topic of kind `state`. Throws TopicContractError for an unfit parameter. */
  state<Pattern extends string, Value>(
    contract: StateContract<Pattern, Value>,
    parameters: ParametersOf<Pattern>,
    options?: StateTopicOptions<Value>,
  ): StateTopic<Value>
  /** Hears a topic of kind `feed`. Throws TopicContractError for an unfit parameter. */
  feed<Pattern extends string, Entry>(
    contract: FeedContract<Pattern, Entry>,
    parameters: ParametersOf<Pattern>,
    options?: FeedTopicOptions<Entry>,
  ): FeedTopic<Entry>
  /** Ends every topic and the connection, for good. */
  close(): void
}

/**
 * A client, connecting from now on and for as long as it is not closed. Throws ClientError `INVALID_OPTION`.
 *
 * @example
 * const client = connect({ api: 'https://api.example.org' })
 * const total = client.state(campaignTotal, { campaignId: 'telethon' })
 * for await (const { total: { value } } of total) show(value)
 */
export function connect(given: ClientOptions): Client {
  const options = resolveOptions(given)
  const { clock, onProblem, signals } = options
  const listeners = new Set<(status: ClientStatus) => void>()
  const topics = new Set<{ settled: () => boolean; close: () => void }>()
  const subscriptions = createSubscriptions(options)
  const connection = options.connection(options, subscriptions, changed)
  let status = statusOf(connection.state, false)

  async function session(): Promise<NonNullable<typeof connection.session>> {
    const known = connection.session
    return known && known.expiresAt * 1000 > clock.now() ? known : options.session({ fresh: false })
  }

  const ports: TopicPorts = {
    ...options,
    subscriptions,
    history: createHistory({ ...options, session }),
    changed,
  }

  function changed(): void {
    const now = statusOf(
      connection.state,
      [...topics].every(({ settled }) => settled()),
    )
    if (now.state === status.state && now.reason === status.reason && now.detail === status.detail) return
    status = now
    callListeners(listeners, { onProblem }, '', now)
  }

  function hold<Handle extends { close(): void }>(
    open: (closed: () => void) => { handle: Handle; settled: () => boolean },
  ): Handle {
    if (connection.state.status === 'closed') throw new ClientError('CLOSED', 'the client was closed')
    let held: { settled: () => boolean; close: () => void } | undefined
    let over = false
    const { handle, settled } = open(() => {
      over = true
      if (held) topics.delete(held)
      changed()
    })
    if (!over) {
      held = { settled, close: () => handle.close() }
      topics.add(held)
      changed()
    }
    return handle
  }

  const stopSignals = signals((signal) => connection.send({ type: signal }))
  connection.send({ type: 'start' })

  function close(): void {
    for (const topic of topics) topic.close()
    stopSignals()
    connection.send({ type: 'close' })
  }

  return {
    get status() {
      return status
    },
    on(_event, listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    state: (contract, parameters, options = {}) =>
      hold((closed) => openState(ports, contract, topicOf(contract, parameters), options, closed)),
    feed: (contract, parameters, options = {}) =>
      hold((closed) => openFeed(ports, contract, topicOf(contract, parameters), options, closed)),
    close,
    [Symbol.asyncDispose]() {
      close()
      return Promise.resolve()
    },
  }
}
