/**
 * The client with every kind of topic. `lite.ts` is the small door, with state and feed alone.
 *
 * @module
 */
import { type InboxContract, type SignalContract, topicOf } from '../topics/contract/contract.ts'
import type { ParametersOf } from '../topics/contract/pattern.ts'
import { createCore } from './core.ts'
import { encodePublish } from './mqtt/encode.ts'
import { type LiteClient, liteClient } from './lite.ts'
import type { ClientOptions } from './options.ts'
import { type InboxTopic, type InboxTopicOptions, openInbox } from './topic/inbox.ts'
import { createRequests, type RequestOptions } from './topic/request.ts'
import { openSignal, type SignalTopic, type SignalTopicOptions } from './topic/signal.ts'

export interface Client extends LiteClient {
  /** Hears one person's inbox. Throws TopicContractError for an unfit parameter, ClientError `CLOSED`. */
  inbox<Pattern extends string, Item>(
    contract: InboxContract<Pattern, Item>,
    parameters: ParametersOf<Pattern>,
    options?: InboxTopicOptions<Item>,
  ): InboxTopic<Item>
  /** Sends and hears a topic of kind `signal`. Throws TopicContractError for an unfit parameter, ClientError `CLOSED`. */
  signal<Pattern extends string, Payload>(
    contract: SignalContract<Pattern, Payload>,
    parameters: ParametersOf<Pattern>,
    options?: SignalTopicOptions<Payload>,
  ): SignalTopic<Payload>
  /**
   * Asks on a signal's topic and answers the reply. It is sent once: when the answer is lost, the time is up. Rejects
   * with ClientError: `INVALID_VALUE`, `PUBLISH_DENIED`, `REQUEST_FAILED`, `REQUEST_TIMEOUT`, or with the reason of
   * `signal`.
   */
  request<Pattern extends string, Payload, Reply>(
    contract: SignalContract<Pattern, Payload, Reply>,
    parameters: ParametersOf<Pattern>,
    value: Payload,
    options?: RequestOptions,
  ): Promise<Reply>
}

/**
 * A client, connecting from now on and for as long as it is not closed. Throws ClientError `INVALID_OPTION`.
 *
 * @example
 * const client = connect({ api: 'https://api.example.org' })
 * const total = client.state(campaignTotal, { campaignId: 'telethon' })
 * for await (const { total: { value } } of total) show(value)
 */
export function connect(options: ClientOptions): Client {
  const core = createCore(options, encodePublish)
  const { ports } = core
  const request = createRequests(core.base, ports)
  const kinds: Pick<Client, 'inbox' | 'signal' | 'request'> = {
    inbox: (contract, parameters, options = {}) =>
      openInbox(ports(), contract, topicOf(contract, parameters), options),
    signal: (contract, parameters, options = {}) =>
      openSignal(ports(), contract, topicOf(contract, parameters), options),
    request: async (contract, parameters, value, options = {}) =>
      request(contract, topicOf(contract, parameters), value, options),
  }
  return Object.assign(liteClient(core), kinds)
}
