/**
 * Counts what AWS would bill: messages in steps of 5 KB. docs/aws-iot-core.md §4.
 *
 * @module
 */
export interface MeteredUnits {
  connect: number
  subscribe: number
  /** Publishes by clients and by the data plane. */
  publishIn: number
  /** Deliveries, one a receiver. */
  publishOut: number
  /** PUBACKs that clients sent. */
  puback: number
  /** Retained messages stored, besides their publish. */
  retainedStore: number
  /** Bodies of the data plane's errors. */
  httpErrors: number
}

export function newMeter(): MeteredUnits {
  return { connect: 0, subscribe: 0, publishIn: 0, publishOut: 0, puback: 0, retainedStore: 0, httpErrors: 0 }
}

/** Sets every count to 0. */
export function resetMeter(meter: MeteredUnits): void {
  Object.assign(meter, newMeter())
}

/** All units together: what the bill counts. */
export function totalUnits(meter: MeteredUnits): number {
  return Object.values(meter).reduce((sum: number, units: number) => sum + units, 0)
}
