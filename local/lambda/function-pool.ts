/**
 * The instances of one function: started on demand up to a limit, what comes then waits its turn, and those idle for
 * long are ended.
 *
 * @module
 */
import type { Clock } from '../clock.ts'
import type { TemplateFunction } from '../template/template.ts'
import type { KillPlan } from './carrier.ts'
import { FunctionThrottledError, HostClosedError } from './errors.ts'
import type { Instance } from './instance.ts'
import { accountConcurrencyMax } from './limits.ts'

/** How long an instance beyond the first is kept without work, ms. */
const idleMs = 30_000

export interface PoolOptions {
  readonly definition: TemplateFunction
  /** Most instances at once. */
  readonly instancesMost: number
  readonly clock: Clock
  /** Starts a thread on the newest bundle; `onEnd` is called when it is gone. */
  readonly startInstance: (onEnd: (instance: Instance) => void) => Instance
}

interface Waiting {
  readonly event: string
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

export class FunctionPool {
  readonly #options: PoolOptions
  readonly #instances = new Set<Instance>()
  /** Ready and without work; the last used is taken first, so that the others may end. */
  readonly #idle: { readonly instance: Instance; readonly since: number }[] = []
  #queue: Waiting[] = []
  /** Where the queue begins: shifting a long array costs more than moving an index. */
  #head = 0
  #starting = 0
  #running = 0
  #kill: KillPlan | undefined
  #closed = false
  #stopIdleTimer: (() => void) | undefined
  /** Instances of an earlier bundle: they finish what they do and end. */
  readonly #retired = new Set<Instance>()
  /** Given up, their threads not yet gone. */
  readonly #ending = new Set<Instance>()

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Invocations that were given to an instance, and those of them that failed. */
  invocations = 0
  failures = 0

  get instances(): number {
    return this.#instances.size
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#queue.length - this.#head
  }

  /**
   * Runs the function on this event (JSON). What waits for an instance counts as running: AWS would have started one
   * more. Rejects with FunctionThrottledError beyond the reserved concurrency.
   */
  invoke(event: string): Promise<unknown> {
    const { key, reservedConcurrency = accountConcurrencyMax } = this.#options.definition
    if (this.#closed) return Promise.reject(new HostClosedError(key))
    if (this.#running + this.waiting >= reservedConcurrency) {
      return Promise.reject(new FunctionThrottledError(key, reservedConcurrency))
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#queue.push({ event, resolve, reject })
    this.#next()
    return promise
  }

  /** Starts an instance now, so that the first invocation need not wait. Rejects when the module cannot be loaded. */
  async warm(): Promise<void> {
    if (this.#instances.size === 0) await this.#start().ready
  }

  killNext(plan: KillPlan): void {
    this.#kill = plan
  }

  /** New invocations get new instances; those at work finish. */
  retire(): void {
    for (const instance of this.#instances) {
      this.#retired.add(instance)
      if (!instance.busy) instance.end(new HostClosedError(this.#options.definition.key))
    }
    this.#idle.length = 0
    this.#next()
  }

  /** Ends every instance; resolves when their threads are gone. */
  async close(): Promise<void> {
    this.#closed = true
    this.#stopIdleTimer?.()
    const closed = new HostClosedError(this.#options.definition.key)
    for (const waiting of this.#queue.slice(this.#head)) waiting.reject(closed)
    this.#queue = []
    this.#head = 0
    const instances = [...this.#instances, ...this.#ending]
    for (const instance of instances) instance.end(closed)
    await Promise.all(instances.map(({ gone }) => gone))
  }

  #next(): void {
    while (this.waiting > 0) {
      const instance = this.#idle.pop()?.instance
      if (!instance) break
      const waiting = this.#queue[this.#head]
      this.#head += 1
      if (this.#head > 1024 || this.#head === this.#queue.length) {
        this.#queue = this.#queue.slice(this.#head)
        this.#head = 0
      }
      if (waiting) void this.#run(instance, waiting)
    }
    if (this.#closed) return
    const live = this.#instances.size - this.#retired.size
    if (this.waiting > this.#starting && live < this.#options.instancesMost) this.#start()
  }

  async #run(instance: Instance, { event, resolve, reject }: Waiting): Promise<void> {
    this.#running += 1
    const kill = this.#kill
    this.#kill = undefined
    this.invocations += 1
    const outcome = await instance.invoke(event, kill).then(
      (result) => () => resolve(result),
      (error: Error) => {
        this.failures += 1
        return () => reject(error)
      },
    )
    this.#running -= 1
    if (this.#retired.has(instance)) instance.end(new HostClosedError(this.#options.definition.key))
    else if (!instance.ended) this.#rest(instance)
    this.#next()
    outcome()
  }

  #start(): Instance {
    this.#starting += 1
    const instance = this.#options.startInstance((ended) => {
      this.#instances.delete(ended)
      this.#ending.add(ended)
      void ended.gone.then(() => this.#ending.delete(ended))
      this.#retired.delete(ended)
      const index = this.#idle.findIndex(({ instance }) => instance === ended)
      if (index >= 0) this.#idle.splice(index, 1)
      if (!this.#closed) queueMicrotask(() => this.#next())
    })
    this.#instances.add(instance)
    void this.#started(instance)
    return instance
  }

  async #started(instance: Instance): Promise<void> {
    try {
      await instance.ready
      this.#starting -= 1
      if (!this.#retired.has(instance)) this.#rest(instance)
      this.#next()
    } catch (error) {
      this.#starting -= 1
      // Ended for newer code, or with the host: what waits gets another instance.
      if (error instanceof HostClosedError) return this.#next()
      // A module that cannot be loaded fails those who wait, as Lambda does: each new try would fail alike.
      const failed = this.#queue.slice(this.#head)
      this.#queue = []
      this.#head = 0
      for (const waiting of failed) waiting.reject(error as Error)
    }
  }

  #rest(instance: Instance): void {
    this.#idle.push({ instance, since: this.#options.clock.now() })
    if (this.#instances.size > 1) this.#endIdleLater()
  }

  #endIdleLater(): void {
    if (this.#stopIdleTimer) return
    this.#stopIdleTimer = this.#options.clock.after(idleMs, () => {
      this.#stopIdleTimer = undefined
      const surplus = this.#instances.size - 1
      const longAgo = this.#options.clock.now() - idleMs
      const ending = this.#idle.filter(({ since }) => since <= longAgo).slice(0, surplus)
      for (const { instance } of ending) instance.end(new HostClosedError(this.#options.definition.key))
      if (this.#idle.length > 0 && this.#instances.size > 1) this.#endIdleLater()
    })
  }
}
