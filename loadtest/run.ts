/**
 * Runs a load test. Subscribers live in worker threads; what is sent goes out from this one.
 *
 * An HTTP request whose body carries `{run}-{index}` in a text that comes back in a feed's entry (a donor's name, say) has its way
 * measured to each subscriber.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import { ulid } from 'ulid'
import { createAdmission } from './engine/admission.ts'
import { attackerTokens } from './engine/attacker-tokens.ts'
import { checkPlan } from './engine/check-plan.ts'
import { floodStreams } from './engine/floods.ts'
import { closeIdleRequests } from './engine/http-request.ts'
import { PhaseCounts } from './engine/phase-figures.ts'
import { RunClock, startOfRun } from './engine/run-clock.ts'
import { Schedule } from './engine/schedule.ts'
import { createSending, ledgerFor, plannedPublishers } from './engine/streams.ts'
import { sumUp } from './engine/sum-up.ts'
import { TargetStatus } from './engine/target-status.ts'
import { Watch } from './engine/watch.ts'
import { Workers } from './engine/workers.ts'
import type { LoadOutcome, LoadProgress } from './outcome.ts'
import type { LoadPlan } from './plan.ts'

export { PlanRefusedError } from './engine/check-plan.ts'

export interface RunOptions {
  /** Called about every second. */
  readonly onProgress?: (progress: LoadProgress) => void
  /** Ends the run early: what was heard so far becomes the outcome. */
  readonly signal?: AbortSignal
  /** Where credentials are. Default: the process's. */
  readonly env?: NodeJS.ProcessEnv
  /** Threads of subscribers. Default: one for each 5,000 connections, and no more than the machine has cores besides one. */
  readonly workers?: number
}

const connectionsPerWorker = 5000

/**
 * Runs the plan and answers what happened, whatever the target does. Rejects with PlanRefusedError for a plan over its limits,
 * RangeError or CredentialsMissingError for a target that lacks what the plan needs: nothing was sent then.
 */
export async function runLoad(plan: LoadPlan, options: RunOptions = {}): Promise<LoadOutcome> {
  const { env = process.env, signal, onProgress } = options
  checkPlan(plan)
  // Whether the credentials are there is known before anything is sent.
  createAdmission(plan, 'check', env)
  const planned = plannedPublishers(plan)
  const ledger = ledgerFor(planned, ulid())
  const counts = new PhaseCounts(plan)
  const status = new TargetStatus(plan.target.statusUrl)
  await status.read()
  const start = startOfRun()
  const clock = new RunClock(start)
  const sending = createSending(planned, { plan, ledger, clock, counts, env })
  const tokens = attackerTokens(plan, env)
  const floods = floodStreams(plan, counts, tokens)
  const workers = options.workers ?? workersFor(plan)
  const watch = new Watch({ plan, clock, counts, status, sending, workers, onProgress })
  const threads = new Workers({
    data: { plan, workers, ledger },
    env,
    onSecond: (worker, second) => watch.heard(worker, second),
    onUnfit: (topic, problem) => watch.unfit(topic, problem),
    onFailure: (error) => watch.fail(error),
  })
  const schedule = new Schedule(clock, [...sending.streams, ...floods])
  try {
    await threads.ready()
    await Promise.all([sending.start(), tokens.start()])
    // The run begins now: what came before is not in its time.
    const begins = startOfRun()
    clock.restart(begins)
    threads.start(begins)
    watch.start()
    schedule.start()
    await watch.over(signal)
    if (watch.isCutShort) schedule.stop()
    else {
      schedule.finish(watch.plannedMs)
      await watch.settled(signal)
    }
    watch.conclude()
    await status.read()
    return await sumUp({ plan, start: begins, clock, counts, ledger, threads, watch, schedule, status })
  } finally {
    watch.stop()
    schedule.stop()
    sending.end()
    await threads.end()
    closeIdleRequests()
  }
}

function workersFor({ phases }: LoadPlan): number {
  const connections = Math.max(
    ...phases.map(({ subscribers }) =>
      subscribers.reduce((sum, { from, to }) => sum + Math.max(from, to), 0),
    ),
  )
  const most = Math.max(1, availableParallelism() - 1)
  return Math.min(most, Math.max(1, Math.ceil(connections / connectionsPerWorker)))
}
