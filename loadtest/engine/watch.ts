/**
 * Watches a run: a sample each second, progress for who looks on, what happens, and whether it is time to end.
 *
 * @module
 */
import { mergeHistograms, percentileMs } from '../histogram.ts'
import type { Bounded, LoadEnd, LoadEvent, LoadProgress, LoadSample, Reason, Unfit } from '../outcome.ts'
import type { LoadPlan } from '../plan.ts'
import { Reasons } from './figures.ts'
import { bottleneckIn, HealthWatch } from './health.ts'
import type { WorkerSecond } from './orders.ts'
import type { PhaseCounts } from './phase-figures.ts'
import type { RunClock } from './run-clock.ts'
import type { Sending } from './streams.ts'
import { reasonText } from '../reason-text.ts'
import type { TargetStatus } from './target-status.ts'

export interface WatchOptions {
  readonly plan: LoadPlan
  readonly clock: RunClock
  readonly counts: PhaseCounts
  readonly status: TargetStatus
  readonly sending: Sending
  readonly workers: number
  readonly onProgress: ((progress: LoadProgress) => void) | undefined
}

/** A target that lets nobody in for so long is unreachable; one where nobody is left for so long is lost. Ms. */
const unreachableAfterMs = 10_000
const lostAfterMs = 30_000

/** Nobody is connected for this long, ms: it is told. */
const goneAfterMs = 2000
const statusEveryMs = 2000
const listed = 200

export class Watch {
  readonly series: LoadSample[] = []
  readonly health = new HealthWatch()
  /** Resident memory, bytes: the most, and when there were the most connections for the first time. */
  residentMost = 0
  residentAtMost = 0
  residentBefore = process.memoryUsage.rss()
  mostConnections = 0
  cpuMost = 0
  bottleneckSeconds = 0
  bottleneckWhy = ''
  end: { ended: LoadEnd; because: string } = { ended: 'completed', because: 'every phase ran to its end' }
  readonly #options: WatchOptions
  readonly #seconds: WorkerSecond[] = []
  readonly #events: LoadEvent[] = []
  readonly #unfit: Unfit[] = []
  #eventCount = 0
  #unfitCount = 0
  #fresh = 0
  #phase = -1
  #before = { published: 0, requests: 0, delivered: 0 }
  #aliveMs = 0
  #everConnected = false
  /** Told, and not yet told that it is back. */
  #gone = false
  #timers: NodeJS.Timeout[] = []
  #finish: (() => void) | undefined
  readonly #cpuAtStart = process.cpuUsage()

  constructor(options: WatchOptions) {
    this.#options = options
  }

  get workers(): number {
    return this.#options.workers
  }

  get isCutShort(): boolean {
    return this.end.ended !== 'completed'
  }

  get events(): Bounded<LoadEvent> {
    return { total: this.#eventCount, first: this.#events }
  }

  get unfitMessages(): Bounded<Unfit> {
    return { total: this.#unfitCount, first: this.#unfit }
  }

  get cpuSeconds(): number {
    const { user, system } = process.cpuUsage(this.#cpuAtStart)
    return (user + system) / 1e6
  }

  start(): void {
    const { status, plan, clock } = this.#options
    this.residentBefore = process.memoryUsage.rss()
    // What starting took is not of the run.
    this.health.take()
    this.health.delays.clear()
    this.#timers = [setInterval(() => void status.read(), statusEveryMs)]
    for (const [index, { cuts, floods }] of plan.phases.entries()) {
      const beginsMs = this.#options.counts.beginsMs(index)
      const at = (ms: number, what: string): void => {
        this.#timers.push(
          setTimeout(() => this.event('info', what), Math.max(0, beginsMs + ms - clock.now())),
        )
      }
      for (const { atMs, share } of cuts) at(atMs, `${Math.round(share * 100)} % of all connections are cut`)
      for (const { atMs, durationMs, name } of floods) {
        at(atMs, `flood ${name} begins`)
        at(atMs + durationMs, `flood ${name} ends`)
      }
    }
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.health.stop()
  }

  /** When the last phase ends, ms of the run. */
  get plannedMs(): number {
    return this.#options.plan.phases.reduce((sum, phase) => sum + phase.durationMs, 0)
  }

  /** Resolves when the last phase is over, or the run is cut short. */
  over(signal: AbortSignal | undefined): Promise<void> {
    return this.#wait(this.plannedMs - this.#options.clock.now(), signal)
  }

  /** The run is over: whether there was a target at all, and is one still, for a run too short to be cut short. */
  conclude(): void {
    if (this.isCutShort) return
    if (this.#gone) {
      this.#cutShort('lost', `nobody was connected any more at the end: ${this.#whyRefused()}`)
      return
    }
    const { counts } = this.#options
    if (this.#everConnected || counts.all.some(({ connections }) => connections.connected > 0)) return
    const [unanswered] = unansweredBy(counts)
    if (this.#refused().total > 0)
      this.#cutShort('unreachable', `nobody could connect: ${this.#whyRefused()}`)
    else if (unanswered)
      this.#cutShort('unreachable', `no request was answered: ${reasonText(unanswered.reason)}`)
  }

  /** Resolves when what was on its way had its time. */
  settled(signal: AbortSignal | undefined): Promise<void> {
    return this.#wait(this.#options.plan.settleMs, signal)
  }

  /** A thread could not go on. */
  fail(error: Error): void {
    this.#cutShort('failed', `a thread of the tester ended: ${error.message}`)
  }

  unfit(topic: string, problem: string): void {
    const { clock } = this.#options
    this.#unfitCount += 1
    if (this.#unfit.length < listed) this.#unfit.push({ topic, problem, at: clock.rfc3339(clock.now()) })
  }

  event(level: LoadEvent['level'], what: string): void {
    this.#eventCount += 1
    if (this.#events.length < listed) this.#events.push({ atMs: this.#options.clock.now(), level, what })
  }

  /** A thread's second; with the last one's, everybody's is whole. */
  heard(worker: number, second: WorkerSecond): void {
    this.#seconds[worker] = second
    this.#fresh += 1
    if (this.#fresh < this.#options.workers) return
    this.#fresh = 0
    this.#second()
  }

  #second(): void {
    const { clock, counts, plan, sending, status, onProgress } = this.#options
    const now = clock.now()
    const sum = (of: (second: WorkerSecond) => number): number =>
      this.#seconds.reduce((total, second) => total + of(second), 0)
    const phaseAt = counts.indexAt(now)
    const phase = plan.phases[phaseAt]?.name ?? ''
    if (phaseAt !== this.#phase) this.event('info', `phase ${phase} begins`)
    this.#phase = phaseAt
    const threads = [...this.#seconds.map(({ health }) => health), this.health.take()]
    const latencies = mergeHistograms(this.#seconds.map((second) => second.latencies))
    const connections = sum((second) => second.connections)
    const delivered = sum((second) => second.delivered)
    const sample: LoadSample = {
      atMs: now,
      phase,
      connections,
      published: sending.published - this.#before.published,
      requests: sending.requests - this.#before.requests,
      delivered: delivered - this.#before.delivered,
      missing: sum((second) => second.missing),
      p50Ms: latencies.count > 0 ? percentileMs(latencies, 0.5) : null,
      p99Ms: latencies.count > 0 ? percentileMs(latencies, 0.99) : null,
      testerDelayMs: Math.max(...threads.map(({ delayMs }) => delayMs)),
      testerCpu: Math.max(...threads.map(({ cpu }) => cpu)),
    }
    this.#before = { published: sending.published, requests: sending.requests, delivered }
    this.series.push(sample)
    const resident = process.memoryUsage.rss()
    this.residentMost = Math.max(this.residentMost, resident)
    if (connections > this.mostConnections) {
      this.mostConnections = connections
      this.residentAtMost = resident
    }
    this.cpuMost = Math.max(this.cpuMost, sample.testerCpu)
    const bottleneck = bottleneckIn(threads)
    if (bottleneck !== undefined) this.#noteBottleneck(bottleneck)
    this.#judge(now, connections)
    const refused = sum((second) => second.refused.reduce((total, { count }) => total + count, 0))
    const durationMs = this.plannedMs + plan.settleMs
    onProgress?.({
      atMs: now,
      phase,
      sample,
      delivered,
      refused,
      bottleneck,
      delivery: latencies,
      done: Math.min(1, now / durationMs),
      duplicated: sum((second) => second.duplicated),
      reordered: sum((second) => second.reordered),
      unfit: sum((second) => second.unfit),
      disconnects: sum((second) => second.disconnects),
      requestErrors: counts.all.reduce(
        (total, { requests }) => total + requests.errors,
        sum((second) => second.requestErrors),
      ),
      quotas: status.shares(),
    })
  }

  #noteBottleneck(why: string): void {
    if (this.bottleneckSeconds === 0) this.event('warn', `the tester is the bottleneck: ${why}`)
    this.bottleneckSeconds += 1
    this.bottleneckWhy = why
  }

  /** Whether there is a target. */
  #judge(now: number, connections: number): void {
    const { plan, counts } = this.#options
    if (connections > 0) {
      if (this.#gone) this.event('info', 'the target is back')
      this.#gone = false
      this.#everConnected = true
      this.#aliveMs = now
      return
    }
    const wanted =
      plan.phases[counts.indexAt(now)]?.subscribers.some(({ from, to }) => from > 0 && to > 0) === true
    if (!wanted) {
      this.#aliveMs = now
      return
    }
    const silentMs = now - this.#aliveMs
    if (!this.#everConnected && silentMs > unreachableAfterMs)
      this.#cutShort(
        'unreachable',
        `nobody could connect in ${Math.round(silentMs / 1000)} s: ${this.#whyRefused()}`,
      )
    else if (this.#everConnected && silentMs > lostAfterMs)
      this.#cutShort(
        'lost',
        `nobody is connected since ${Math.round(silentMs / 1000)} s: ${this.#whyRefused()}`,
      )
    else if (this.#everConnected && silentMs > goneAfterMs && !this.#gone) {
      this.#gone = true
      this.event('warn', `the target is gone: ${this.#whyRefused()}`)
    }
  }

  /** Attempts to connect that did not succeed so far, by reason: viewers' and publishers'. */
  #refused(): Reasons {
    const reasons = new Reasons()
    for (const { refused } of this.#seconds) reasons.addAll(refused)
    for (const { connections } of this.#options.counts.all) reasons.addAll(connections.refused.list())
    return reasons
  }

  #whyRefused(): string {
    const [most] = this.#refused().list()
    return most ? `${reasonText(most.reason)}, ${most.count} times` : 'no attempt was answered'
  }

  #cutShort(ended: LoadEnd, because: string): void {
    if (this.isCutShort) return
    this.end = { ended, because }
    this.event(ended === 'stopped' ? 'info' : 'warn', because)
    this.#finish?.()
  }

  #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const stop = (): void => this.#cutShort('stopped', 'it was told to stop')
      const timer = setTimeout(() => this.#finish?.(), Math.max(0, ms))
      this.#finish = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      signal?.addEventListener('abort', stop, { once: true })
      if (signal?.aborted === true) stop()
      else if (this.isCutShort) resolve()
    })
  }
}

/** What came of the run's requests when none of them was answered; empty when one was, or there were none. */
function unansweredBy({ all }: PhaseCounts): readonly Reason[] {
  const answers = new Reasons()
  for (const { requests } of all) for (const kind of requests.encode().kinds) answers.addAll(kind.answers)
  const list = answers.list()
  return list.some(({ reason }) => /^\d{3}\b/.test(reason)) ? [] : list
}
