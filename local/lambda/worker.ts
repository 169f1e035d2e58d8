/**
 * One instance of a function: the Lambda runtime inside a worker thread. Loads the bundle, then runs one invocation at
 * a time; module state lasts from one to the next, as on AWS.
 *
 * @module
 */
import { enableCompileCache } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { payloadBytesMax } from './limits.ts'
import {
  type Carry,
  carryKey,
  type FromWorker,
  type ToWorker,
  type WorkerError,
  type WorkerStart,
} from './messages.ts'

const start = workerData as WorkerStart
const port = parentPort
if (!port) throw new Error('local/lambda/worker.ts runs in a worker thread only')

let outbox: FromWorker[] = []
let flushing = false

function send(message: FromWorker): void {
  outbox.push(message)
  if (flushing) return
  flushing = true
  queueMicrotask(flush)
}

function flush(): void {
  const messages = outbox
  outbox = []
  flushing = false
  port?.postMessage(messages, [])
}

// What a handler prints goes along with the messages of its turn, and not by a stream of its own for each line.
for (const [stream, error] of [
  [process.stdout, false],
  [process.stderr, true],
] as const) {
  stream.write = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
    const text = typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk as Uint8Array)
    send({ type: 'output', text, error })
    const called = typeof encoding === 'function' ? encoding : done
    if (typeof called === 'function') queueMicrotask(() => (called as () => void)())
    return true
  }
}

type Answer = Extract<ToWorker, { type: 'answer' }>
const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()
let lastId = 0

const carry: Carry = (request) => {
  lastId += 1
  const id = lastId
  send({ type: 'request', id, ...request })
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
}
Object.assign(globalThis, { [carryKey]: carry })

function describe(error: unknown): WorkerError {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, stack: error.stack ?? '' }
  }
  return { errorType: typeof error, errorMessage: String(error), stack: '' }
}

type Handler = (event: unknown, context: unknown) => unknown

async function load(): Promise<Handler> {
  enableCompileCache(start.compileCache)
  const module = (await import(start.bundle)) as Record<string, unknown>
  const handler = module[start.exportName]
  if (typeof handler !== 'function') {
    const error = new Error(`the module does not export ${start.exportName}`)
    error.name = 'Runtime.HandlerNotFound'
    throw error
  }
  return handler as Handler
}

function contextOf(invocation: Extract<ToWorker, { type: 'invoke' }>): unknown {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: start.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: start.functionArn,
    memoryLimitInMB: String(start.memoryMb),
    awsRequestId: invocation.requestId,
    logGroupName: process.env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'],
    getRemainingTimeInMillis: () => Math.max(0, invocation.deadline - Date.now()),
  }
}

let handler: Handler | undefined

async function invoke(invocation: Extract<ToWorker, { type: 'invoke' }>): Promise<void> {
  process.env['_X_AMZN_TRACE_ID'] = invocation.traceId
  try {
    const result = await handler?.(JSON.parse(invocation.event), contextOf(invocation))
    const json = JSON.stringify(result) as string | undefined
    if (json !== undefined && json.length > payloadBytesMax) {
      throw Object.assign(
        new Error(`Response payload size exceeded maximum allowed payload size (${payloadBytesMax} bytes).`),
        {
          name: 'Function.ResponseSizeTooLarge',
        },
      )
    }
    send({ type: 'result', result: json })
  } catch (error) {
    send({ type: 'failure', error: describe(error) })
  }
}

function receive(message: ToWorker): void {
  switch (message.type) {
    case 'invoke':
      void invoke(message)
      break
    case 'answer':
      waiting.get(message.id)?.resolve(message)
      waiting.delete(message.id)
      break
    case 'unreachable': {
      const error = new Error(`connect ${message.code} ${message.service} of the local stack`)
      // The name and the code that the SDK's own handler gives, which its retries look at.
      waiting
        .get(message.id)
        ?.reject(Object.assign(error, { name: 'TimeoutError', code: message.code, syscall: 'connect' }))
      waiting.delete(message.id)
      break
    }
  }
}

// Listening comes first: a module may make requests while it loads. Invocations come after `ready`.
port.on('message', (messages: readonly ToWorker[]) => messages.forEach(receive))
try {
  handler = await load()
  send({ type: 'ready' })
} catch (error) {
  send({ type: 'broken', error: describe(error) })
}
