/**
 * The main thread's hold on one worker: an execution environment of a function, one invocation at a time.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import type { TemplateFunction } from '../template/template.ts'
import type { Carrier, ConnectionFailure, KillPlan } from './carrier.ts'
import { FunctionError } from './errors.ts'
import type { AwsResponse } from '../aws.ts'
import type { CarriedRequest, FromWorker, ToWorker, WorkerStart } from './messages.ts'

/** Seconds that AWS gives a function's module to load. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const initTimeoutMs = 10_000

/** Short-lived objects of a thread, MB. Node's own default is 48, and eleven functions would hold half a gigabyte. */
const youngGenerationMb = 8

/** The runtime's own share of a function's memory, MB: what AWS counts and V8's old generation does not. */
const runtimeMb = 64

export interface InstanceOptions {
  readonly definition: TemplateFunction
  /** URL of the bundle. */
  readonly bundle: string
  readonly environment: Readonly<Record<string, string>>
  readonly compileCache: string
  readonly carrier: Carrier
  readonly clock: Clock
  readonly onOutput: (text: string, error: boolean) => void
  readonly warn: (message: string) => void
  /** Called once, when the thread is gone or given up. */
  readonly onEnd: (instance: Instance) => void
}

interface Invocation {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly stopTimer: () => void
  readonly kill: KillPlan | undefined
  requests: number
}

export class Instance {
  /** Resolves when the module is loaded; rejects when it cannot be. */
  readonly ready: Promise<void>
  /** Resolves when the thread is gone. */
  readonly gone: Promise<void>
  readonly #options: InstanceOptions
  readonly #worker: Worker
  readonly #initialised = Promise.withResolvers<void>()
  #invocation: Invocation | undefined
  #ended = false
  #outbox: ToWorker[] = []
  #warnedLate = false

  constructor(options: InstanceOptions) {
    this.#options = options
    const { definition, bundle, environment, compileCache, clock } = options
    this.ready = this.#initialised.promise
    const start: WorkerStart = {
      bundle,
      exportName: definition.exportName,
      functionName: definition.name,
      functionArn: definition.arn,
      memoryMb: definition.memoryMb,
      compileCache,
    }
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: definition.key,
      workerData: start,
      env: { ...environment },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxYoungGenerationSizeMb: youngGenerationMb,
        maxOldGenerationSizeMb: Math.max(32, definition.memoryMb - runtimeMb),
      },
    })
    const stopInitTimer = clock.after(initTimeoutMs, () =>
      this.end(
        this.#failure('Sandbox.Timedout', `Init phase timed out after ${initTimeoutMs / 1000} seconds`),
      ),
    )
    this.ready.then(stopInitTimer, stopInitTimer)
    this.#worker.on('message', (messages: readonly FromWorker[]) => {
      for (const message of messages) this.#receive(message)
    })
    this.#worker.on('error', (error: Error) => {
      const memory = (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY'
      this.end(
        memory
          ? this.#failure(
              'Runtime.OutOfMemory',
              `Runtime exited with error: out of its ${definition.memoryMb} MB`,
            )
          : this.#failure(error.name, error.message, error.stack),
      )
    })
    const gone = Promise.withResolvers<void>()
    this.gone = gone.promise
    this.#worker.on('exit', () => gone.resolve())
    this.#worker.on('exit', () =>
      this.end(this.#failure('Runtime.ExitError', 'Runtime exited without providing a reason')),
    )
  }

  get ended(): boolean {
    return this.#ended
  }

  get busy(): boolean {
    return this.#invocation !== undefined
  }

  /** Runs one invocation; the instance is ready and idle. Rejects with a FunctionError when it fails. */
  invoke(event: string, kill: KillPlan | undefined): Promise<unknown> {
    const { definition, clock } = this.#options
    const { timeoutSeconds } = definition
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const stopTimer = clock.after(timeoutSeconds * 1000, () =>
      this.end(this.#failure('Sandbox.Timedout', `Task timed out after ${timeoutSeconds}.00 seconds`)),
    )
    this.#invocation = { resolve, reject, stopTimer, kill, requests: 0 }
    const requestId = randomUUID()
    const now = Date.now()
    const root = requestId.replaceAll('-', '').slice(0, 24)
    this.#post({
      type: 'invoke',
      requestId,
      traceId: `Root=1-${Math.floor(now / 1000).toString(16)}-${root};Sampled=0`,
      deadline: now + timeoutSeconds * 1000,
      event,
    })
    return promise
  }

  /** Ends the thread. An invocation under way, or one that waits for the module, fails with `reason`. */
  end(reason: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#settle()?.reject(reason)
    this.#initialised.reject(reason)
    this.ready.catch(() => undefined)
    void this.#worker.terminate()
    this.#options.onEnd(this)
  }

  #receive(message: FromWorker): void {
    // A killed worker runs on until V8 stops it: nothing it still says may count.
    if (this.#ended) return
    switch (message.type) {
      case 'request':
        this.#carry(message)
        break
      case 'result':
        this.#settle()?.resolve(message.result === undefined ? undefined : JSON.parse(message.result))
        break
      case 'failure': {
        const { errorType, errorMessage, stack } = message.error
        this.#settle()?.reject(this.#failure(errorType, errorMessage, stack))
        break
      }
      case 'output':
        this.#options.onOutput(message.text, message.error)
        break
      case 'ready':
        this.#initialised.resolve()
        break
      case 'broken': {
        const { errorType, errorMessage, stack } = message.error
        this.end(this.#failure(errorType, errorMessage, stack))
        break
      }
    }
  }

  #carry(request: CarriedRequest): void {
    const { carrier, definition } = this.#options
    const invocation = this.#invocation
    if (invocation) invocation.requests += 1
    else this.#warnLate(request)
    const planned = invocation?.kill?.request === invocation?.requests ? invocation?.kill?.side : undefined
    const fate = invocation ? (planned ?? carrier.fate(definition.key)) : undefined
    if (fate === 'before') return this.#kill()
    const answer = carrier.carry(request)
    const deliver = (given: AwsResponse | ConnectionFailure): void => {
      if (this.#ended) return
      if (fate === 'after') return this.#kill()
      if ('failure' in given) {
        this.#post({ type: 'unreachable', id: request.id, service: request.service, code: given.failure })
      } else {
        const { statusCode, headers, body } = given
        // A view into a larger buffer would be cloned with all of it.
        const own = body.byteLength === body.buffer.byteLength ? body : new Uint8Array(body)
        this.#post({ type: 'answer', id: request.id, statusCode, headers, body: own })
      }
    }
    if (answer instanceof Promise) void answer.then(deliver)
    else deliver(answer)
  }

  /** On AWS the environment freezes with the answer: what a handler leaves running may never be carried out. */
  #warnLate(request: CarriedRequest): void {
    if (this.#warnedLate) return
    this.#warnedLate = true
    this.#options.warn(
      `${this.#options.definition.key} calls ${request.service} outside an invocation: await it, or AWS may never send it`,
    )
  }

  #kill(): void {
    this.end(this.#failure('Runtime.ExitError', 'Runtime exited with error: signal: killed'))
  }

  #post(message: ToWorker): void {
    this.#outbox.push(message)
    if (this.#outbox.length > 1) return
    queueMicrotask(() => {
      const messages = this.#outbox
      this.#outbox = []
      if (!this.#ended) this.#worker.postMessage(messages, [])
    })
  }

  #settle(): Invocation | undefined {
    const invocation = this.#invocation
    this.#invocation = undefined
    invocation?.stopTimer()
    return invocation
  }

  #failure(errorType: string, errorMessage: string, stack?: string): FunctionError {
    return new FunctionError(this.#options.definition.key, errorType, errorMessage, stack)
  }
}
