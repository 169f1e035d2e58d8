import { useSyncExternalStore } from 'react'
import type { ClientStatus } from '../status.ts'
import { useLive } from './provider.ts'

/** What may be said of everything shown: live, catching up, or offline and why. On the server: `catching-up`. */
export function useConnection(): ClientStatus {
  const { subscribe, snapshot } = useLive().status
  return useSyncExternalStore(subscribe, snapshot, snapshot)
}
