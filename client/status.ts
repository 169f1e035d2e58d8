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
  const say = (
    state: ClientStatus['state'],
    reason?: ClientStatus['reason'],
    detail?: string,
  ): ClientStatus => ({ state, reason, detail })
  switch (connection.status) {
    case 'closed':
      return say('offline', 'closed')
    case 'connected':
      return settled ? say('live') : say('catching-up', 'recovering')
    case 'connecting':
    case 'waiting': {
      const { loss } = connection
      return loss ? say('offline', loss.code, loss.detail) : say('catching-up', 'connecting')
    }
  }
}
