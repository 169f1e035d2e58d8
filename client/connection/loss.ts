import {
  badUserNameOrPassword,
  keepAliveTimeout,
  notAuthorized,
  sessionTakenOver,
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

/** What a CONNACK's reason code of failure means. */
export const connackLoss = (code: number): LossCode =>
  code === notAuthorized || code === badUserNameOrPassword ? 'session-refused' : 'server-disconnected'

/** What a DISCONNECT's reason code means. */
export function disconnectLoss(code: number): LossCode {
  if (code === sessionTakenOver) return 'taken-over'
  if (code === notAuthorized) return 'session-refused'
  return code === keepAliveTimeout ? 'keep-alive-timeout' : 'server-disconnected'
}
