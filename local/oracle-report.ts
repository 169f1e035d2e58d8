/**
 * What `npm run test:oracle` gathers: how a part of `local/` compares with another implementation. A part exports
 * `runOracles(): Promise<OracleReport[]>` from its `oracle.ts`.
 *
 * @module
 */
export interface OracleReport {
  /** The suite: `DynamoDB`, `SNS and SQS`, `MQTT`. */
  readonly suite: string
  /** The other implementation: `DynamoDB Local`. */
  readonly oracle: string
  /** Its version; undefined when it is not present. */
  readonly version: string | undefined
  /** How to get it, when it is not present. */
  readonly remedy?: string
  /** Cases that ran on it. */
  readonly cases: number
  /** Differences that are known and listed, each with its reason. */
  readonly known: readonly string[]
  /** Differences that nobody has explained. */
  readonly differences: readonly string[]
}
