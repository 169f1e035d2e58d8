/**
 * Carries an agent's answers to the service, each until it is known what became of it.
 *
 * @module
 */
import { backoffMs } from '../../client/connection/backoff.ts'
import type { OutcomeAnswer } from './outcome.ts'

export interface AnsweringPorts {
  /** Posts once; never rejects. */
  readonly post: () => Promise<OutcomeAnswer>
  /** Waits this long, ms, or until the network is said to be back. */
  readonly wait: (ms: number) => Promise<void>
  readonly random: () => number
  /** Called before each further attempt. */
  readonly onRetry: (detail: string) => void
}

const backoff = { backoffBaseMs: 500, backoffMaxMs: 10_000 }

/** Posts until it is recorded, too late or refused. To record an outcome twice is to record it once. */
export async function answer(ports: AnsweringPorts): Promise<Exclude<OutcomeAnswer, { kind: 'unknown' }>> {
  for (let failures = 0; ; failures++) {
    const result = await ports.post()
    if (result.kind !== 'unknown') return result
    ports.onRetry(result.detail)
    await ports.wait(backoffMs(failures, backoff, ports.random))
  }
}

/** Waits `ms`, or until the browser says that it is online. */
export function waitOrOnline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      removeEventListener('online', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    addEventListener('online', done)
  })
}
