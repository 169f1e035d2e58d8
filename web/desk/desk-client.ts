/**
 * A client for inboxes and requests alone, as `client/lite.ts` is one for states and feeds: the console downloads nothing
 * of what it does not hear.
 *
 * @module
 */
import type { Client } from '../../client/client.ts'
import { createCore } from '../../client/core.ts'
import { encodePublish } from '../../client/mqtt/encode.ts'
import type { ClientOptions } from '../../client/options.ts'
import { openInbox } from '../../client/topic/inbox.ts'
import { createRequests } from '../../client/topic/request.ts'
import { topicOf } from '../../topics/contract/contract.ts'

/** What the console needs of a client. */
export type DeskClient = Pick<Client, 'status' | 'on' | 'close' | 'inbox' | 'request'>

/** Connects, as `connect` does. Throws ClientError `INVALID_OPTION`. */
export function connectDesk(options: ClientOptions): DeskClient {
  const { base, ports } = createCore(options, encodePublish)
  const request = createRequests(base, ports)
  const kinds: Pick<Client, 'inbox' | 'request'> = {
    inbox: (contract, parameters, options = {}) =>
      openInbox(ports(), contract, topicOf(contract, parameters), options),
    request: async (contract, parameters, value, options = {}) =>
      request(contract, topicOf(contract, parameters), value, options),
  }
  return Object.assign(base, kinds)
}
