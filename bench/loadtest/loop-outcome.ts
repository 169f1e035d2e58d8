/** What the loop of mqtt.js clients says. */
export interface LoopOutcome {
  readonly steps: readonly { readonly rate: number; readonly perSecond: number; readonly cpu: number }[]
  /** Messages that did not follow the one before. */
  readonly wrong: number
  readonly bytesPerConnection: number
}
