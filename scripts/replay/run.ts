/** Posts the rows of a telethon file at their pace, a bounded number at a time. */
import { dueTimesMs } from './pace.ts'
import type { HttpAnswer, HttpClient } from './post.ts'
import { sendUntilAnswered } from './post.ts'
import type { TelethonRow } from './telethon-file.ts'

export interface RunOptions {
  readonly rows: readonly TelethonRow[]
  readonly campaign: string
  readonly currency: string
  readonly run: string
  readonly speed: number
  readonly inFlight: number
  readonly signal: AbortSignal
  onProgress(done: number): void
  onRetry(problem: string): void
}

export interface RunResult {
  readonly accepted: number
  /** Minor units of all that was answered 202. */
  readonly acceptedAmount: number
  readonly refused: readonly { readonly row: number; readonly status: number; readonly body: string }[]
  readonly retries: number
  /** Milliseconds from the first request to the last answer. */
  readonly elapsedMs: number
  /** Milliseconds from a request's start to its final answer, sorted. */
  readonly latenciesMs: Float64Array
  readonly interrupted: boolean
}

/** Ends when every row has its final answer, or soon after `signal` aborts. */
export async function postRows(client: HttpClient, options: RunOptions): Promise<RunResult> {
  const { rows, speed, signal } = options
  const latencies = new Float64Array(rows.length)
  const refused: { row: number; status: number; body: string }[] = []
  let next = 0
  let done = 0
  let accepted = 0
  let acceptedAmount = 0
  let retries = 0
  const started = performance.now()
  const due = dueTimesMs(rows, speed)

  const worker = async (): Promise<void> => {
    while (next < rows.length && !signal.aborted) {
      const index = next++
      const row = rows[index]
      if (!row) return
      if (Number.isFinite(speed)) {
        await waitUntil(started + (due[index] ?? 0), signal)
        if (signal.aborted) return
      }
      const sentAt = performance.now()
      const answer = await sendUntilAnswered(() => send(client, options, row, index), {
        giveUpAfterMs: 60_000,
        onRetry(problem) {
          retries++
          options.onRetry(problem)
        },
      })
      latencies[done++] = performance.now() - sentAt
      if (answer.status === 202) {
        accepted++
        acceptedAmount += row.amount
      } else refused.push({ row: index + 2, status: answer.status, body: answer.body })
      options.onProgress(done)
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.inFlight, rows.length) }, worker))
  return {
    accepted,
    acceptedAmount,
    refused,
    retries,
    elapsedMs: performance.now() - started,
    latenciesMs: latencies.subarray(0, done).sort(),
    interrupted: signal.aborted,
  }
}

function send(client: HttpClient, options: RunOptions, row: TelethonRow, index: number): Promise<HttpAnswer> {
  const donor = row.name || row.email ? { name: row.name, email: row.email } : undefined
  const body = JSON.stringify({
    campaignId: options.campaign,
    amount: { value: row.amount, currency: options.currency },
    donor,
    comment: row.comment,
  })
  const headers = { 'content-type': 'application/json', 'idempotency-key': `${options.run}-${index}` }
  return client.send('POST', '/donations', headers, body)
}

async function waitUntil(due: number, signal: AbortSignal): Promise<void> {
  const waitMs = due - performance.now()
  if (waitMs <= 0) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(finish, waitMs)
    signal.addEventListener('abort', finish, { once: true })
    function finish(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
  })
}

/** The value at `share` (0 to 1) of a sorted list, by the nearest rank. */
export function percentile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN
}
