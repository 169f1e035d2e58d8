/**
 * What a tree of components has in common: one client, made when it is first needed, and the topics they share.
 *
 * @module
 */
import type { Client } from '../client.ts'
import type { ClientStatus } from '../status.ts'
import { type Shared, shared } from './shared.ts'

/** One provider's client and what is open on it. */
export interface Live {
  /** The client, made now if it was not yet. */
  readonly client: () => Client
  readonly status: Shared<ClientStatus>
  /** What is shared under this contract and key; `create` makes it the first time. */
  once<Snapshot>(contract: object, key: string, create: () => Shared<Snapshot>): Shared<Snapshot>
  /** Keeps a client that was made here, until the answer was called as often. */
  retain(): () => void
}

const connecting: ClientStatus = { state: 'catching-up', reason: 'connecting', detail: undefined }

/** Nothing is made or opened before a mounted component listens; so nothing is on a server. */
export function createLive(source: Client | (() => Client)): Live {
  const byContract = new WeakMap<object, Map<string, unknown>>()
  let made: Client | undefined
  let users = 0

  function client(): Client {
    return typeof source === 'function' ? (made ??= source()) : source
  }

  return {
    client,
    status: shared(connecting, (show) => {
      show(client().status)
      return client().on('status', show)
    }),
    once<Snapshot>(contract: object, key: string, create: () => Shared<Snapshot>) {
      let known = byContract.get(contract)
      if (!known) byContract.set(contract, (known = new Map()))
      // What stands under a key was made by the same hook for the same contract.
      const found = (known.get(key) as Shared<Snapshot> | undefined) ?? create()
      known.set(key, found)
      return found
    },
    retain() {
      users++
      return () => {
        users--
        // A provider that is mounted again at once, as StrictMode does, keeps its client.
        setTimeout(() => {
          if (users > 0) return
          made?.close()
          made = undefined
        }, 0)
      }
    },
  }
}
