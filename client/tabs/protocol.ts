/**
 * What the tabs of a site say to each other over their BroadcastChannel. The hub is the part of the leading tab that
 * holds the connection; every tab, the leading one included, speaks to it in the same way.
 *
 * @module
 */
import type { ConnectionState } from '../connection/state.ts'
import type { OutgoingMessage } from '../connection/transport.ts'
import type { Session } from '../session.ts'

/** Of what is said below; another makes other tabs, so that a page from before a deploy shares with its like alone. */
export const protocolVersion = 1

/** From a tab to whichever tab leads. */
export type ToHub = { readonly from: string } & (
  | { readonly do: 'hello' }
  | { readonly do: 'bye' }
  /** A sign of life, and a question for one. */
  | { readonly do: 'ping' }
  /** What the page noticed. */
  | { readonly do: 'notice'; readonly type: 'wake' | 'doubt' }
  | { readonly do: 'subscribe'; readonly id: number; readonly topics: readonly string[] }
  | { readonly do: 'publish'; readonly id: number; readonly message: OutgoingMessage }
  | { readonly do: 'unsubscribe'; readonly topics: readonly string[] }
)

/** From the hub: to every tab, or to the one that `to` names. Of two hubs the one of the higher number is in office. */
export type FromHub = { readonly hub: number; readonly to?: string } & (
  | {
      readonly do: 'state'
      readonly state: ConnectionState
      readonly session: Session | undefined
      /** Another number: what was subscribed is so no longer. */
      readonly generation: number
    }
  /** What the broker answered to a subscribe or a publish. */
  | { readonly do: 'codes'; readonly id: number; readonly codes: readonly number[] }
  | {
      readonly do: 'message'
      readonly topic: string
      readonly payload: Uint8Array
      readonly correlationData: Uint8Array | undefined
    }
  | { readonly do: 'pong' }
  /** The hub ends. Another may be in office already, which was thought to be gone. */
  | { readonly do: 'end' }
  /** The hub had not heard of this tab for a long time, and does not know it any more. */
  | { readonly do: 'forgotten' }
)

/** One voice on the channel; it does not hear itself. */
export interface TabChannel {
  post(message: ToHub | FromHub): void
  close(): void
}

/** Opens a voice on the channel of this name; `hear` gets what the others say, in each one's order. */
export type OpenTabChannel = (name: string, hear: (message: ToHub | FromHub) => void) => TabChannel

/** As much of `navigator.locks` as is used. */
export interface TabLocks {
  request(
    name: string,
    options: { readonly steal: true } | { readonly signal: AbortSignal },
    held: () => Promise<void>,
  ): Promise<unknown>
}
