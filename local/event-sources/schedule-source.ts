import { randomUUID } from 'node:crypto'
import { localAccount } from '../aws.ts'
import type { Clock } from '../clock.ts'
import { stopGraceMs } from './event-source.ts'
import type { EventSource, Invoke, Log } from './event-source.ts'
import { RunningSet } from './running-set.ts'

export interface ScheduleSourceOptions {
  /** `rate(1 minute)`. */
  readonly expression: string
  /** The event that the function gets. Default: EventBridge's own, a Scheduled Event. */
  readonly input?: unknown
  readonly invoke: Invoke
  readonly clock: Clock
  readonly log: Log
  /** Names the rule in EventBridge's own event. Default: `schedule`. */
  readonly name?: string
}

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

/** Milliseconds of a rate expression. @throws Error with the expression when it is no rate */
export function rateMs(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? []
  const value = Number(count)
  if (!(value > 0)) {
    throw new Error(
      `schedule ${JSON.stringify(expression)}: expected rate(N minutes|hours|days); the local stack has no cron expressions`,
    )
  }
  return value * unitMs[unit as keyof typeof unitMs]
}

/** Pauses before the two retries that Lambda makes of an asynchronous event. */
const retryPausesMs = [60_000, 120_000]

/**
 * EventBridge's schedule: an event every period, the first one period from now, whether or not the last is over. A
 * failed one is tried twice more, after one and two minutes, as Lambda does for asynchronous events.
 */
export function scheduleSource(options: ScheduleSourceOptions): EventSource {
  const { clock, invoke, log } = options
  const periodMs = rateMs(options.expression)
  const running = new RunningSet(log)
  const pauses = new Set<() => void>()
  const settled: (() => void)[] = []
  /** Invocations, without those that wait for their retry. */
  let invoking = 0
  let cancelNext: () => void

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        cancel()
        pauses.delete(wake)
        resolve()
      }
      const cancel = clock.after(ms, wake)
      pauses.add(wake)
    })

  const call = async (event: unknown): Promise<void> => {
    invoking += 1
    try {
      await invoke(event, { signal: running.signal })
    } finally {
      invoking -= 1
      if (invoking === 0) for (const resolve of settled.splice(0)) resolve()
    }
  }

  const fire = async (event: unknown): Promise<void> => {
    for (let attempt = 0; !running.stopped; attempt++) {
      try {
        await call(event)
        return
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        const pauseMs = retryPausesMs[attempt]
        log(`schedule ${options.expression}: failed${pauseMs === undefined ? ' for good' : ''}: ${reason}`)
        if (pauseMs === undefined || running.stopped) return
        await pause(pauseMs)
      }
    }
  }

  const next = (): void => {
    cancelNext = clock.after(periodMs, () => {
      next()
      running.start(
        () => fire(options.input ?? scheduledEvent(options.name ?? 'schedule', clock.now())),
        () => undefined,
      )
    })
  }
  next()

  return {
    async stop(graceMs = stopGraceMs) {
      cancelNext()
      const stopped = running.stop(clock, graceMs)
      for (const wake of pauses) wake()
      await stopped
    },
    // A failed event that waits for its retry is not waited for: it changes nothing for minutes.
    idle: () => (invoking === 0 ? Promise.resolve() : new Promise((resolve) => settled.push(resolve))),
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html */
function scheduledEvent(name: string, nowMs: number): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: localAccount.accountId,
    time: new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: localAccount.region,
    resources: [`arn:aws:events:${localAccount.region}:${localAccount.accountId}:rule/${name}`],
    detail: {},
  }
}
