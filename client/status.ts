import type { ConnectionState } from './connection/state.ts'
import type { LossCode } from './connection/loss.ts'

/** What may be said of everything the client shows. */
export interface ClientStatus {
  /**
   * `live`: connected, and what is shown is what is recorded. `catching-up`: connecting for the first time, or connected
   * and still reading what was missed. `offline`: not connected; what is shown may be old.
   */
  readonly state: 'live' | 'catching-up' | 'offline'
  /** Why it is not live. */
  readonly reason: LossCode | 'connecting' | 'recovering' | 'closed' | undefined
  /** More about the reason, for people; may change. */
  readonly detail: string | undefined
}

/** The status of a client in this state of its connection. */
export function statusOf(connection: ConnectionState, settled: boolean): ClientStatus {
  const { status } = connection
  if (status === 'closed') return { state: 'offline', reason: 'closed', detail: undefined }
  const { loss } = connection
  if (status !== 'connected' && loss) return { state: 'offline', reason: loss.code, detail: loss.detail }
  if (status === 'connected' && settled) return { state: 'live', reason: undefined, detail: undefined }
  const reason = status === 'connected' ? 'recovering' : 'connecting'
  return { state: 'catching-up', reason, detail: undefined }
}
