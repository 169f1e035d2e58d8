/**
 * Durations counted in steps that grow with them (a log-linear histogram, as HdrHistogram's): whole microseconds up to
 * 256, then 128 steps to each doubling, so that no figure is off by more than 0.8 %. Histograms add up, whoever took them.
 *
 * @module
 */

const exactBelow = 256
const stepsPerDoubling = 128
/** Longest duration, 2^32 µs (71 minutes); what is longer counts as that. */
const largest = 4_294_967_295
const bucketCount = exactBelow + (32 - 8) * stepsPerDoubling

/** A histogram as plain data. */
export interface EncodedHistogram {
  readonly count: number
  /** Ms; 0 when the count is. */
  readonly minMs: number
  readonly maxMs: number
  readonly meanMs: number
  /** Bucket and count in turn, the buckets in order; empty ones are left out. */
  readonly buckets: readonly number[]
}

/** The histogram of nothing. */
export const emptyHistogram: EncodedHistogram = { count: 0, minMs: 0, maxMs: 0, meanMs: 0, buckets: [] }

export class Histogram {
  count = 0
  #counts: Uint32Array | undefined
  #min = largest
  #max = 0
  #sum = 0

  /** Counts a duration, ms; one below 0, between two clocks, as 0. */
  record(ms: number, times = 1): void {
    const us = Math.min(Math.max(Math.round(ms * 1000), 0), largest)
    const counts = (this.#counts ??= new Uint32Array(bucketCount))
    const bucket = bucketOf(us)
    counts[bucket] = (counts[bucket] ?? 0) + times
    this.count += times
    this.#sum += us * times
    if (us < this.#min) this.#min = us
    if (us > this.#max) this.#max = us
  }

  /** Adds another's counts. */
  add(other: EncodedHistogram): void {
    if (other.count === 0) return
    const counts = (this.#counts ??= new Uint32Array(bucketCount))
    for (let at = 0; at + 1 < other.buckets.length; at += 2) {
      const bucket = other.buckets[at] ?? 0
      counts[bucket] = (counts[bucket] ?? 0) + (other.buckets[at + 1] ?? 0)
    }
    this.count += other.count
    this.#sum += other.meanMs * 1000 * other.count
    this.#min = Math.min(this.#min, other.minMs * 1000)
    this.#max = Math.max(this.#max, other.maxMs * 1000)
  }

  encode(): EncodedHistogram {
    if (this.count === 0 || !this.#counts) return emptyHistogram
    const buckets: number[] = []
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) buckets.push(bucket, count)
    return {
      count: this.count,
      minMs: this.#min / 1000,
      maxMs: this.#max / 1000,
      meanMs: this.#sum / this.count / 1000,
      buckets,
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#counts?.fill(0)
    this.count = 0
    this.#min = largest
    this.#max = 0
    this.#sum = 0
  }
}

/** The duration, ms, that this share (0 to 1) of all stayed within, by the nearest rank; NaN when there were none. */
export function percentileMs(histogram: EncodedHistogram, share: number): number {
  if (histogram.count === 0) return Number.NaN
  const rank = Math.max(1, Math.ceil(share * histogram.count))
  let seen = 0
  for (let at = 0; at + 1 < histogram.buckets.length; at += 2) {
    seen += histogram.buckets[at + 1] ?? 0
    if (seen >= rank) {
      const ms = middleOf(histogram.buckets[at] ?? 0) / 1000
      return Math.min(Math.max(ms, histogram.minMs), histogram.maxMs)
    }
  }
  return histogram.maxMs
}

/** All of them together. */
export function mergeHistograms(histograms: Iterable<EncodedHistogram>): EncodedHistogram {
  const sum = new Histogram()
  for (const histogram of histograms) sum.add(histogram)
  return sum.encode()
}

/** Where each bucket begins and ends, ms, with its count: for charts. */
export function bucketsOf(
  histogram: EncodedHistogram,
): { readonly fromMs: number; readonly toMs: number; readonly count: number }[] {
  const buckets = []
  for (let at = 0; at + 1 < histogram.buckets.length; at += 2) {
    const bucket = histogram.buckets[at] ?? 0
    const count = histogram.buckets[at + 1] ?? 0
    buckets.push({ fromMs: startOf(bucket) / 1000, toMs: startOf(bucket + 1) / 1000, count })
  }
  return buckets
}

function bucketOf(us: number): number {
  if (us < exactBelow) return us
  // The highest eight bits say the step, the others how often it doubled.
  const shift = 24 - Math.clz32(us)
  return exactBelow + (shift - 1) * stepsPerDoubling + (us >>> shift) - stepsPerDoubling
}

function startOf(bucket: number): number {
  if (bucket < exactBelow) return bucket
  const above = bucket - exactBelow
  const doublings = Math.floor(above / stepsPerDoubling) + 1
  return ((above % stepsPerDoubling) + stepsPerDoubling) * 2 ** doublings
}

function middleOf(bucket: number): number {
  return bucket < exactBelow ? bucket : (startOf(bucket) + startOf(bucket + 1)) / 2
}
