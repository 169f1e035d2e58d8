/**
 * The client that a tree of components shares.
 *
 * @module
 */
import { createContext, createElement, type ReactNode, useContext, useEffect, useState } from 'react'
import type { Client } from '../client.ts'
import { createLive, type Live } from './live.ts'

const LiveContext = createContext<Live | undefined>(undefined)

/** Props of `FanfareProvider`. */
export interface FanfareProviderProps {
  /**
   * The client, or what makes one. A function is called in the browser only, when a component first listens; the client
   * it made is closed with the provider. As given at the first render: change `key` to change it.
   */
  readonly client: Client | (() => Client)
  readonly children?: ReactNode
}

/**
 * Gives the hooks below it their client.
 *
 * @example
 * <FanfareProvider client={() => connect({ api: '' })}><Ticker /></FanfareProvider>
 */
export function FanfareProvider({ client, children }: FanfareProviderProps): ReactNode {
  const [live] = useState(() => createLive(client))
  useEffect(() => live.retain(), [live])
  return createElement(LiveContext.Provider, { value: live }, children)
}

/** The nearest provider's. Throws without one. */
export function useLive(): Live {
  const live = useContext(LiveContext)
  if (!live)
    throw new Error('the hooks of fanfare/client/react need a FanfareProvider above them; there is none')
  return live
}

/** The client, for signals and requests: call the answer in handlers and effects, not while rendering. */
export function useClient(): () => Client {
  return useLive().client
}
