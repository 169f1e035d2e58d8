/**
 * What a worker and the main thread say to each other. Everything that is due in one turn goes in one list.
 *
 * @module
 */

/** How a worker learns what it runs; `workerData` of its thread. */
export interface WorkerStart {
  /** URL of the bundle. */
  readonly bundle: string
  readonly exportName: string
  readonly functionName: string
  readonly functionArn: string
  readonly memoryMb: number
  /** Folder of V8's compile cache, which the workers share. */
  readonly compileCache: string
}

export type ToWorker =
  | {
      readonly type: 'invoke'
      readonly requestId: string
      readonly traceId: string
      /** Milliseconds since 1970 at which the invocation times out. */
      readonly deadline: number
      /** JSON, as Lambda hands it to the runtime. */
      readonly event: string
    }
  | {
      readonly type: 'answer'
      readonly id: number
      readonly statusCode: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: Uint8Array
    }
  | { readonly type: 'unreachable'; readonly id: number; readonly service: string; readonly code: string }

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'broken'; readonly error: WorkerError }
  | { readonly type: 'result'; /** JSON, or undefined for nothing. */ readonly result: string | undefined }
  | { readonly type: 'failure'; readonly error: WorkerError }
  | CarriedRequest
  | { readonly type: 'output'; readonly text: string; readonly error: boolean }

/** A request of an SDK client on its way to a service of the local AWS. */
export interface CarriedRequest {
  readonly type: 'request'
  readonly id: number
  /** As signed: `dynamodb`, `sns`, `sqs`, `iotdata`, `ses`, `ssm`. */
  readonly service: string
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string | readonly string[]>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** As Lambda reports a failed invocation. */
export interface WorkerError {
  readonly errorType: string
  readonly errorMessage: string
  readonly stack: string
}

/** What the in-process HTTP handler, inside a bundle, finds on `globalThis` to carry its requests with. */
export type Carry = (
  request: Omit<CarriedRequest, 'type' | 'id'>,
) => Promise<Extract<ToWorker, { type: 'answer' }>>

/** The key of the `Carry` on `globalThis`: a bundle cannot import from its worker. */
export const carryKey: unique symbol = Symbol.for('fanfare.local.carry')
