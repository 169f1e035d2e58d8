/**
 * What every recorded topic does alike: it subscribes, waits for its head, says whether it is settled, wakes who
 * iterates, and ends by `close`, by a signal or by a denial. `state.ts`, `feed.ts` and `inbox.ts` have the rules of
 * each kind.
 *
 * @module
 */
import type { RecordedContract } from '../../topics/contract/contract.ts'
import type { MessageProblem } from '../../topics/contract/message.ts'
import { backoffMs } from '../connection/backoff.ts'
import type { Subscriber } from '../connection/subscriptions.ts'
import { type ClientError, failure } from '../errors.ts'
import { callListeners } from './listeners.ts'
import type { TopicPorts } from './ports.ts'

export interface TopicOptions {
  /** Called once if the broker denies the topic. Iteration throws the same error. */
  readonly onError?: (error: ClientError) => void
  /** Closes the topic when aborted. */
  readonly signal?: AbortSignal
}

export interface TopicHandle extends AsyncDisposable {
  readonly topic: string
  /** Ends the subscription and every iteration. */
  close(): void
}

/** What makes a kind what it is. */
export interface TopicRules {
  /** A message, parsed: old, doubled or out of order perhaps. Answers whether it says where the topic stands. */
  take(raw: unknown): boolean
  /** The API says that the topic has no head. */
  missing(): void
  /** Whether nothing is missing, given the head; `before` is what was said last. Default: always. */
  complete?(before: boolean): boolean
  /** The broker granted the topic, on one more link perhaps. */
  subscribed?(): void
  /** No link has the topic any more. */
  lost?(): void
  closed?(): void
}

/** A topic in use. */
export interface OpenTopic {
  readonly handle: TopicHandle
  readonly ended: () => boolean
  /** The head is known, from elsewhere than a message. */
  heard(): void
  /** To be called when `complete` may have changed. */
  settle(): void
  /** Lets those who iterate look again. */
  wake(): void
  /** The next of what `take` finds, for iteration. Rejects with ClientError when the broker denied the topic. */
  next<T>(take: () => { readonly value: T } | undefined): Promise<IteratorResult<T, undefined>>
  /** Iteration by `next`; whoever leaves it closes the topic. */
  iterate<T>(take: () => { readonly value: T } | undefined): AsyncIterableIterator<T, undefined>
  /** Reports a message that cannot be used. */
  report(problem: MessageProblem, where?: string): void
  /** Reports a read that failed; it is tried again. */
  readFailed(cause: unknown): void
}

/** Subscribes. */
export function openTopic(
  ports: TopicPorts,
  contract: RecordedContract,
  topic: string,
  options: TopicOptions,
  rules: TopicRules,
): OpenTopic {
  const { signal } = options
  let readers: (() => void)[] = []
  let headSeen = false
  let settled = false
  let ended = false
  let error: ClientError | undefined
  /** Each wait for a head has a number, so that an answer to one that ended is dropped. */
  let wait = 0
  let cancelWait = (): void => {}

  const member = { close, settled: () => settled }
  ports.topics.add(member)
  const subscriber: Subscriber = {
    message,
    subscribed() {
      // The retained message may have come together with the SUBACK, and then it is here already.
      if (!headSeen) awaitHead(ports.headWaitMs, 0)
      rules.subscribed?.()
    },
    lost() {
      heard(false)
      rules.lost?.()
    },
    failed(denied) {
      error = denied
      close()
      if (options.onError) callListeners([options.onError], ports, topic, denied)
    },
  }
  const unsubscribe = ports.subscriptions.add(topic, subscriber)

  function message(raw: unknown): void {
    if (rules.take(raw)) heard(true)
  }

  /** Ends the wait for the head. */
  function heard(now: boolean): void {
    wait++
    cancelWait()
    headSeen = now
    settle()
  }

  /** The retained message is due. When it does not come the head is read by HTTP, with back-off while that fails. */
  function awaitHead(ms: number, failures: number): void {
    const number = ++wait
    cancelWait()
    cancelWait = ports.clock.after(ms, () => void readHead(number, failures))
  }

  async function readHead(number: number, failures: number): Promise<void> {
    try {
      const raw = await ports.history.readHead(contract, topic)
      if (number !== wait) return
      if (raw !== undefined) message(raw)
      else {
        rules.missing()
        heard(true)
      }
    } catch (cause) {
      if (number !== wait) return
      readFailed(cause)
      awaitHead(backoffMs(failures, ports, ports.random), failures + 1)
    }
  }

  function settle(): void {
    const now = headSeen && (rules.complete?.(settled) ?? true)
    if (settled === now) return
    settled = now
    ports.changed()
  }

  function wake(): void {
    const waiting = readers
    readers = []
    for (const resolve of waiting) resolve()
  }

  async function next<T>(
    take: () => { readonly value: T } | undefined,
  ): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const found = ended && !error ? undefined : take()
      if (found) return { done: false, value: found.value }
      if (error) throw error
      if (ended) return { done: true, value: undefined }
      await new Promise<void>((resolve) => readers.push(resolve))
    }
  }

  function close(): void {
    if (ended) return
    ended = true
    wait++
    cancelWait()
    unsubscribe()
    signal?.removeEventListener('abort', close)
    rules.closed?.()
    wake()
    ports.topics.delete(member)
    ports.changed()
  }

  function readFailed(cause: unknown): void {
    ports.onProblem(failure('read-failed', topic, cause))
  }

  if (signal?.aborted) close()
  else signal?.addEventListener('abort', close)
  ports.changed()

  return {
    handle: {
      topic,
      close,
      [Symbol.asyncDispose]: async () => close(),
    },
    ended: () => ended,
    heard: () => heard(true),
    settle,
    wake,
    next,
    iterate: (take) => ({
      next: () => next(take),
      async return() {
        close()
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }),
    report({ code, problem }, where = '') {
      ports.onProblem({ code, topic, detail: where + problem })
    },
    readFailed,
  }
}
