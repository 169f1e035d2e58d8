/**
 * One connection for all tabs of a site.
 *
 * @module
 */
import { createConnection } from '../connection/connection.ts'
import { ClientError } from '../errors.ts'
import type { ConnectionFactory } from '../options.ts'
import { type OpenTabChannel, protocolVersion, type TabLocks } from './protocol.ts'
import { joinTabs } from './tab.ts'

/** Which tabs share, and over what. */
export interface ShareTabsOptions {
  /**
   * Whose connection it is: tabs share when this, `api` and the page's origin are the same. With a `session` callback of
   * one's own it is wanted, because two people may be signed in in two tabs. Default: `''`, the visitor.
   */
  readonly key?: string
  /** Default: the platform's `navigator.locks`. Without any, or with `undefined`, each tab connects by itself. */
  readonly locks?: TabLocks | undefined
  /** Opens the channel of this name. Default: the platform's BroadcastChannel. Without it each tab connects by itself. */
  readonly openChannel?: OpenTabChannel
}

/**
 * One connection for all tabs of a site, for the option `connection`. One tab leads and holds it; when that tab closes,
 * crashes or stops answering, another takes over, and each tab recovers what it missed as after any reconnect. The
 * session passes between the tabs over a BroadcastChannel, which only pages of the same origin hear. Where the platform
 * has no locks (a page without HTTPS), each tab has a connection of its own.
 *
 * Throws ClientError `INVALID_OPTION` from `connect` for a `session` callback without a `key`.
 *
 * @example
 * const client = connect({ api: 'https://api.example.org', connection: shareTabs() })
 */
export function shareTabs(given: ShareTabsOptions = {}): ConnectionFactory {
  const locks = 'locks' in given ? given.locks : platformLocks()
  const openChannel = given.openChannel ?? (globalThis.BroadcastChannel && broadcastChannel)
  return (options, subscriptions, changed) => {
    if (options.ownSession && given.key === undefined) {
      throw new ClientError(
        'INVALID_OPTION',
        'shareTabs with a session callback needs a key that says whose connection it is; got none',
      )
    }
    if (!locks || !openChannel) return createConnection(options, subscriptions, changed)
    const name = JSON.stringify(['fanfare', protocolVersion, options.api, given.key ?? ''])
    return joinTabs({ name, locks, openChannel }, options, subscriptions, changed)
  }
}

function platformLocks(): TabLocks | undefined {
  const { navigator } = globalThis as { navigator?: { locks?: LockManager } }
  return navigator?.locks
}

const broadcastChannel: OpenTabChannel = (name, hear) => {
  const channel = new BroadcastChannel(name)
  channel.addEventListener('message', ({ data }: MessageEvent<Parameters<typeof hear>[0] | null>) => {
    // Any script of the origin may speak here.
    if (typeof data === 'object' && data) hear(data)
  })
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no such argument, unlike a window
    post: (message) => channel.postMessage(message),
    close: () => channel.close(),
  }
}
