/**
 * The run's threads, and what is asked of them.
 *
 * @module
 */
import { Worker } from 'node:worker_threads'
import type { Order, Report, WorkerData, WorkerSecond } from './orders.ts'
import type { RunStart } from './run-clock.ts'

export interface WorkersOptions {
  readonly data: Omit<WorkerData, 'worker'>
  readonly env: NodeJS.ProcessEnv
  readonly onSecond: (worker: number, second: WorkerSecond) => void
  readonly onUnfit: (topic: string, problem: string) => void
  /** A thread could not go on. */
  readonly onFailure: (error: Error) => void
}

interface Thread {
  readonly thread: Worker
  readonly waiting: Map<string, { resolve(report: Report): void; reject(error: Error): void }>
  /** Why it can answer no more. */
  failure: Error | undefined
}

type Answer<Kind extends Report['kind']> = Extract<Report, { kind: Kind }>

/** A thread that does not answer is given so long, ms. */
const answerWithinMs = 60_000

export class Workers {
  readonly #threads: Thread[]

  constructor({ data, env, onSecond, onUnfit, onFailure }: WorkersOptions) {
    this.#threads = Array.from({ length: data.workers }, (_, worker) => {
      const thread = new Worker(new URL('worker.ts', import.meta.url), {
        workerData: { ...data, worker } satisfies WorkerData,
        env,
        // A young generation that stays in the processor's cache.
        resourceLimits: { maxYoungGenerationSizeMb: 8 },
      })
      const entry: Thread = { thread, waiting: new Map(), failure: undefined }
      thread.on('message', (report: Report) => {
        if (report.kind === 'second') onSecond(worker, report)
        else if (report.kind === 'unfit') onUnfit(report.topic, report.problem)
        else {
          entry.waiting.get(report.kind)?.resolve(report)
          entry.waiting.delete(report.kind)
        }
      })
      thread.on('error', (error) => {
        entry.failure = error as Error
        for (const waiting of entry.waiting.values()) waiting.reject(entry.failure)
        onFailure(entry.failure)
      })
      return entry
    })
  }

  /** Resolves when every thread is there. */
  async ready(): Promise<void> {
    await Promise.all(this.#threads.map((_, worker) => this.#answer(worker, 'ready')))
  }

  start(start: RunStart): void {
    for (const { thread } of this.#threads) thread.postMessage({ kind: 'start', start } satisfies Order, [])
  }

  /** Asks each and resolves with all answers. Rejects when one does not answer. */
  async ask<Kind extends 'heard' | 'figures'>(order: Order, kind: Kind): Promise<Answer<Kind>[]> {
    const answers = this.#threads.map((_, worker) => this.#answer(worker, kind))
    for (const { thread } of this.#threads) thread.postMessage(order, [])
    return Promise.all(answers)
  }

  async end(): Promise<void> {
    await Promise.all(this.#threads.map(({ thread }) => thread.terminate()))
  }

  #answer<Kind extends Report['kind']>(worker: number, kind: Kind): Promise<Answer<Kind>> {
    return new Promise((resolve, reject) => {
      const entry = this.#threads[worker]
      if (!entry || entry.failure) {
        reject(entry?.failure ?? new Error(`there is no thread ${worker}`))
        return
      }
      const late = setTimeout(
        () => reject(new Error(`thread ${worker} of the tester does not answer (${kind})`)),
        answerWithinMs,
      )
      entry.waiting.set(kind, {
        resolve(report) {
          clearTimeout(late)
          resolve(report as Answer<Kind>)
        },
        reject(error) {
          clearTimeout(late)
          reject(error)
        },
      })
    })
  }
}
