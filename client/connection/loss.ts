import {
  badUserNameOrPassword,
  keepAliveTimeout,
  notAuthorized,
  sessionTakenOver,
  writeReasonCode,
} from '../mqtt/reason-codes.ts'

/** Why there is no connection. The codes are stable; `detail` is for people and may change. */
export interface Loss {
  readonly code: LossCode
  readonly detail: string
}

export type LossCode =
  /** `POST /session`, or the application's own callback, failed. */
  | 'session-failed'
  /** The broker did not take the session; it is not used again. */
  | 'session-refused'
  /** No WebSocket could be opened. */
  | 'unreachable'
  /** Session, WebSocket and CONNACK together took longer than `connectTimeoutMs`. */
  | 'connect-timeout'
  /** The broker said nothing for longer than the keep-alive allows, or did not answer when asked. */
  | 'keep-alive-timeout'
  /** The WebSocket closed without a word: the network, mostly. */
  | 'connection-lost'
  /** The broker ended the connection and gave a reason code. */
  | 'server-disconnected'
  /** Another connection came with the same client ID. */
  | 'taken-over'
  /** The page was put away: the back/forward cache, or a freeze. */
  | 'asleep'
  /** The broker's bytes made no sense. */
  | 'protocol-error'

export const loss = (code: LossCode, detail: string): Loss => ({ code, detail })

/** What the broker's reason code means, in a CONNACK that is a failure or in a DISCONNECT. */
export const refusal = (packet: 'CONNACK' | 'DISCONNECT', reasonCode: number, reason = ''): Loss =>
  loss(
    meanings.get(reasonCode) ?? 'server-disconnected',
    `${packet} ${writeReasonCode(reasonCode)} ${reason}`,
  )

const meanings: ReadonlyMap<number, LossCode> = new Map([
  [badUserNameOrPassword, 'session-refused'],
  [notAuthorized, 'session-refused'],
  [keepAliveTimeout, 'keep-alive-timeout'],
  [sessionTakenOver, 'taken-over'],
])
