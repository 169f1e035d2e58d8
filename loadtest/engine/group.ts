/**
 * A thread's share of a group of subscribers: it grows and shrinks as the phase says, some leave and others come, and
 * no more connect in a second than may.
 *
 * @module
 */
import type { LoadPhase, SubscriberGroup } from '../plan.ts'
import { sourceAddress } from './addresses.ts'
import type { Admission } from './admission.ts'
import { DueQueue } from './due-queue.ts'
import type { PhaseCounts } from './phase-figures.ts'
import type { RunClock } from './run-clock.ts'
import { exponential } from './seeded.ts'
import type { TopicLog } from './topic-log.ts'
import { Viewer, type ViewerGroup } from './viewer.ts'

export interface GroupOptions {
  readonly spec: SubscriberGroup
  /** Which of the plan's groups it is, and which thread of how many has this share. */
  readonly number: number
  readonly worker: number
  readonly workers: number
  readonly host: string
  readonly clock: RunClock
  readonly counts: PhaseCounts
  readonly admission: Admission
  readonly random: () => number
  readonly logOf: (topic: SubscriberGroup['topics'][number]) => TopicLog
  readonly opened: (change: 1 | -1) => void
}

/** Half of the keep-alive that wire.ts announces, ms. */
const pingEveryMs = 600_000
/** Attempts that a late timer may make up for at once, ms of them. */
const catchUpMs = 50

export class Group implements ViewerGroup {
  readonly clock: RunClock
  readonly counts: PhaseCounts
  readonly admission: Admission
  readonly random: () => number
  readonly opened: (change: 1 | -1) => void
  readonly #options: GroupOptions
  #spec: SubscriberGroup
  #beginsMs = 0
  #durationMs = 1
  #viewers: Viewer[] = []
  readonly #waiting = new DueQueue<Viewer>()
  #made = 0
  #nextAttemptMs = 0
  #tickedMs = 0
  #pingedMs = 0
  #changes = 0

  constructor(options: GroupOptions) {
    this.#options = options
    this.#spec = options.spec
    this.clock = options.clock
    this.counts = options.counts
    this.admission = options.admission
    this.random = options.random
    this.opened = options.opened
  }

  get qos(): 0 | 1 {
    return this.#spec.qos
  }

  get readBytesPerSecond(): number | undefined {
    return this.#spec.readBytesPerSecond
  }

  /** Those that have not left, connected or not. */
  get viewers(): readonly Viewer[] {
    return this.#viewers
  }

  thinkMs(): number {
    return exponential(this.random, this.#spec.thinkTimeMs)
  }

  /** Another phase begins; without a spec, it has no part in it and everybody leaves. */
  enter(phase: LoadPhase, spec: SubscriberGroup | undefined, beginsMs: number): void {
    this.#spec = spec ?? { ...this.#spec, from: 0, to: 0, joinLeavePerSecond: 0 }
    this.#beginsMs = beginsMs
    this.#durationMs = phase.durationMs
  }

  retry(viewer: Viewer, atMs: number): void {
    if (viewer.gone) return
    viewer.dueMs = atMs
    this.#waiting.push(viewer)
  }

  /** Cuts off this share of those that are connected. */
  cut(share: number, returnWithinMs: number, now: number): void {
    for (const viewer of this.#viewers)
      if (viewer.open && this.random() < share) viewer.cut(now, now + this.random() * returnWithinMs)
  }

  /** What is due by now. */
  tick(now: number): void {
    const passed = Math.min(now - this.#tickedMs, 1000)
    this.#tickedMs = now
    this.#leaveAndJoin(passed, now)
    const wanted = this.#wanted(now)
    while (this.#viewers.length < wanted) this.#add(now)
    while (this.#viewers.length > wanted) this.#viewers.pop()?.leave(now)
    this.#connectDue(now)
    if (now - this.#pingedMs > pingEveryMs) {
      this.#pingedMs = now
      for (const viewer of this.#viewers) viewer.ping()
    }
  }

  /** The run is over. */
  end(now: number): void {
    for (const viewer of this.#viewers) viewer.leave(now, true)
    this.#viewers = []
  }

  #leaveAndJoin(passedMs: number, now: number): void {
    // Nobody comes or goes any more while the run settles.
    if (now >= this.#beginsMs + this.#durationMs) return
    this.#changes += (this.#spec.joinLeavePerSecond / this.#options.workers) * (passedMs / 1000)
    for (; this.#changes >= 1; this.#changes -= 1) {
      const index = Math.floor(this.random() * this.#viewers.length)
      const viewer = this.#viewers[index]
      const last = this.#viewers.pop()
      if (!viewer || !last) return
      if (last !== viewer) this.#viewers[index] = last
      // Another comes in its place, since one is wanting now.
      viewer.leave(now)
    }
  }

  #wanted(now: number): number {
    const { from, to } = this.#spec
    const { worker, workers } = this.#options
    const passed = Math.min(Math.max((now - this.#beginsMs) / this.#durationMs, 0), 1)
    const all = Math.round(from + (to - from) * passed)
    return Math.floor((all * (worker + 1)) / workers) - Math.floor((all * worker) / workers)
  }

  #add(now: number): void {
    const { logOf, number, worker, workers, host } = this.#options
    const hers = this.#spec.topics.filter(
      ({ weight }) => weight === undefined || weight >= 1 || this.random() < weight,
    )
    const from = sourceAddress(host, number, this.#made * workers + worker, this.#spec.addresses)
    const viewer = new Viewer(this, hers.map(logOf), from)
    this.#made += 1
    this.#viewers.push(viewer)
    this.retry(viewer, now)
  }

  #connectDue(now: number): void {
    const everyMs = (1000 * this.#options.workers) / Math.max(this.#spec.connectPerSecond, 0.001)
    this.#nextAttemptMs = Math.max(this.#nextAttemptMs, now - catchUpMs)
    for (;;) {
      const viewer = this.#waiting.first()
      if (!viewer || viewer.dueMs > now) return
      if (viewer.gone) this.#waiting.shift()
      else if (this.#nextAttemptMs > now) return
      else {
        this.#waiting.shift()
        this.#nextAttemptMs += everyMs
        viewer.attempt(now)
      }
    }
  }
}
