/**
 * What a tree of components has in common: one client, made when it is first needed, and the topics they share.
 *
 * @module
 */
import type { Client } from '../client.ts'
import type { ClientStatus } from '../status.ts'
import { type OpenShared, type Shared, shared } from './shared.ts'

/** One provider's client and what is open on it. */
export interface Live {
  /** The client, made now if it was not yet. */
  readonly client: () => Client
  readonly status: Shared<ClientStatus>
  /**
   * What is shared under this contract and key, until the last who listens has left; `open` and `initial` make it the
   * first time.
   */
  once<Snapshot>(
    contract: object,
    key: string,
    initial: Snapshot,
    open: OpenShared<Snapshot>,
  ): Shared<Snapshot>
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
    once<Snapshot>(contract: object, key: string, initial: Snapshot, open: OpenShared<Snapshot>) {
      const known = byContract.get(contract) ?? new Map<string, unknown>()
      byContract.set(contract, known)
      // What stands under a key was made by the same hook for the same contract.
      const found = known.get(key) as Shared<Snapshot> | undefined
      if (found) return found
      // A page that walks through a thousand campaigns does not keep a thousand.
      const made = shared(initial, open, () => {
        if (known.get(key) === made) known.delete(key)
      })
      known.set(key, made)
      return made
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
