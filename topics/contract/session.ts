/** What `POST /session` answers: all that a client needs to connect. Nothing of it is stored; the token is all there is. */
export interface Session {
  /** `wss://…/mqtt`, or `ws://…/mqtt` on the local stack. */
  readonly endpoint: string
  /** Name of the AWS IoT custom authorizer. */
  readonly authorizer: string
  /** The query parameter that carries the token; serverless.yml's TokenKeyName. */
  readonly tokenKey: string
  readonly token: string
  /** Of the token's characters, base64. */
  readonly signature: string
  /** Two, so that a successor never takes over its predecessor's connection. */
  readonly clientIds: readonly [string, string]
  readonly principal: string
  /** When the token ends, seconds since 1970. */
  readonly expiresAt: number
  /**
   * Clients that were cut off come back spread evenly over this time, ms: as long as everyone's CONNECTs and SUBSCRIBEs
   * take at the account's quotas. Absent: a second, which is well up to some hundred at once.
   */
  readonly reconnectSpreadMs?: number
}
