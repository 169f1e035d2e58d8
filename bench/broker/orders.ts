/** What the bench tells its load generator, and what comes back. */
export interface Load {
  /** Messages published a second; times the subscribers, deliveries. */
  readonly perSecond: number
  readonly seconds: number
}

export type GeneratorCommand =
  | { readonly kind: 'connect'; readonly total: number }
  | ({ readonly kind: 'load' } & Load)
  | { readonly kind: 'quit' }

interface Report {
  /** CPU seconds of the generator since it started. */
  readonly cpuSeconds?: number
  /** Connections that ended, and why the last one did. */
  readonly lost: number
  readonly why: string
}

export interface ConnectedReport extends Report {
  readonly kind: 'connected'
  readonly ready: number
  readonly perSecond: number
}

export interface LoadedReport extends Report {
  readonly kind: 'loaded'
  /** Deliveries a second. */
  readonly perSecond: number
  readonly received: number
  readonly missing: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export type GeneratorReport = ConnectedReport | LoadedReport
