/** What a thread counts for the display: totals, and the latencies of the second that runs. */
import { Histogram } from '../histogram.ts'

export class Tally {
  delivered = 0
  missing = 0
  duplicated = 0
  reordered = 0
  unfit = 0
  readonly second = new Histogram()

  deliver(lateMs: number): void {
    this.delivered += 1
    this.second.record(lateMs)
  }
}
