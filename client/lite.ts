/**
 * The small door, for pages that show and do not answer: state and feed alone. `client.ts` has every kind.
 *
 * @module
 */
import { type FeedContract, type StateContract, topicOf } from '../topics/contract/contract.ts'
import type { ParametersOf } from '../topics/contract/pattern.ts'
import { type BaseClient, createCore } from './core.ts'
import type { ClientOptions } from './options.ts'
import { type FeedTopic, type FeedTopicOptions, openFeed } from './topic/feed.ts'
import { openState, type StateTopic, type StateTopicOptions } from './topic/state.ts'

export interface LiteClient extends BaseClient {
  /** Hears a topic of kind `state`. Throws TopicContractError for an unfit parameter, ClientError `CLOSED`. */
  state<Pattern extends string, Value>(
    contract: StateContract<Pattern, Value>,
    parameters: ParametersOf<Pattern>,
    options?: StateTopicOptions<Value>,
  ): StateTopic<Value>
  /** Hears a topic of kind `feed`. Throws TopicContractError for an unfit parameter, ClientError `CLOSED`. */
  feed<Pattern extends string, Entry>(
    contract: FeedContract<Pattern, Entry>,
    parameters: ParametersOf<Pattern>,
    options?: FeedTopicOptions<Entry>,
  ): FeedTopic<Entry>
}

/**
 * A client of state and feed, connecting from now on and for as long as it is not closed. Throws ClientError
 * `INVALID_OPTION`.
 *
 * @example
 * const client = connectLite({ api: 'https://api.example.org' })
 * const total = client.state(campaignTotal, { campaignId: 'telethon' })
 * for await (const { total: { value } } of total) show(value)
 */
export function connectLite(options: ClientOptions): LiteClient {
  return liteClient(createCore(options))
}

/** State and feed on this core. */
export function liteClient({ base, ports }: ReturnType<typeof createCore>): LiteClient {
  const kinds: Pick<LiteClient, 'state' | 'feed'> = {
    state: (contract, parameters, options = {}) =>
      openState(ports(), contract, topicOf(contract, parameters), options),
    feed: (contract, parameters, options = {}) =>
      openFeed(ports(), contract, topicOf(contract, parameters), options),
  }
  // Onto it, not copied: `status` is read when it is asked for.
  return Object.assign(base, kinds)
}
