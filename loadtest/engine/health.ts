/**
 * How the tester itself is: event loops that are late, and threads that have no time left, are the tester's limits and not the
 * target's.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { Histogram } from '../histogram.ts'

/** A thread's last second. */
export interface ThreadHealth {
  /** Longest delay of its event loop, ms. */
  readonly delayMs: number
  /** Share of one core, 0 to 1. */
  readonly cpu: number
}

const sampleMs = 20

/** Watches the thread that calls it. */
export class HealthWatch {
  readonly delays = new Histogram()
  readonly #timer: NodeJS.Timeout
  #dueMs = performance.now() + sampleMs
  #mostMs = 0
  #cpu = process.threadCpuUsage()
  #cpuAtMs = performance.now()

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now()
      // A millisecond is the timer's own grain.
      const lateMs = Math.max(0, now - this.#dueMs - 1)
      this.delays.record(lateMs)
      this.#mostMs = Math.max(this.#mostMs, lateMs)
      this.#dueMs = now + sampleMs
    }, sampleMs)
    this.#timer.unref()
  }

  /** Since it was asked last. */
  take(): ThreadHealth {
    const now = performance.now()
    const { user, system } = process.threadCpuUsage(this.#cpu)
    const health = { delayMs: this.#mostMs, cpu: (user + system) / 1000 / Math.max(now - this.#cpuAtMs, 1) }
    this.#cpu = process.threadCpuUsage()
    this.#cpuAtMs = now
    this.#mostMs = 0
    return health
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** Why a second's figures are the tester's, or undefined. */
export function bottleneckIn(threads: readonly ThreadHealth[]): string | undefined {
  const cpu = Math.max(0, ...threads.map((thread) => thread.cpu))
  const delayMs = Math.max(0, ...threads.map((thread) => thread.delayMs))
  if (cpu > 0.95)
    return `a thread of the tester had no CPU left (${Math.round(cpu * 100)} % of a core): give it more cores, or ask for less`
  if (delayMs > 100)
    return `an event loop of the tester was ${Math.round(delayMs)} ms late: the machine is too busy for it`
  return undefined
}

/** `max open files` of this process; undefined where the system does not say. */
export function openFilesLimit(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === undefined ? undefined : Number(limit)
  } catch {
    // Only Linux has the file, and only it is asked.
    return undefined
  }
}
