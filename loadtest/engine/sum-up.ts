/**
 * The outcome: what all threads heard, against what was sent.
 *
 * @module
 */
import { mergeHistograms } from '../histogram.ts'
import type { LoadFigures, LoadOutcome, Loss, TesterHealth } from '../outcome.ts'
import type { LoadPlan } from '../plan.ts'
import { openFilesLimit } from './health.ts'
import type { Ledger } from './ledger.ts'
import type { ForeignMessage } from './orders.ts'
import { PhaseCount, type PhaseCounts } from './phase-figures.ts'
import type { RunClock, RunStart } from './run-clock.ts'
import type { Schedule } from './schedule.ts'
import type { TargetStatus } from './target-status.ts'
import type { Watch } from './watch.ts'
import type { Workers } from './workers.ts'

export interface SumUpOptions {
  readonly plan: LoadPlan
  readonly start: RunStart
  readonly clock: RunClock
  readonly counts: PhaseCounts
  readonly ledger: Ledger
  readonly threads: Workers
  readonly watch: Watch
  readonly schedule: Schedule
  readonly status: TargetStatus
}

/** Losses that are listed. */
const lossesListed = 1000
/** Fewer connections than this say nothing of the memory that one takes. */
const connectionsForMemory = 2000

export async function sumUp(options: SumUpOptions): Promise<LoadOutcome> {
  const { plan, start, clock, counts, ledger, threads, watch, schedule, status } = options
  const durationMs = clock.now()
  const last = counts.indexAt(durationMs)
  const delays = [watch.health.delays.encode()]
  const losses = new Map<string, Loss>()
  try {
    const heard = await threads.ask({ kind: 'end' }, 'heard')
    const foreign = unite(heard.map((report) => report.foreign))
    countPublished(foreign, options)
    for (const report of await threads.ask({ kind: 'sum', foreign }, 'figures')) {
      for (const [index, figures] of report.phases.entries()) counts.all[index]?.add(figures)
      for (const loss of report.losses) addLoss(losses, loss)
      delays.push(report.delays)
    }
  } catch (error) {
    // What this thread knows is an outcome still.
    watch.fail(error as Error)
  }
  countOwn(ledger, options)
  const total = new PhaseCount()
  const phases = plan.phases.slice(0, last + 1).map(({ name, durationMs: planned }, index) => {
    const figures: LoadFigures = counts.all[index]?.encode() ?? total.encode()
    total.follow(figures)
    const atMs = counts.beginsMs(index)
    const had = { name, atMs, durationMs: Math.min(planned, Math.max(0, durationMs - atMs)) }
    return Object.assign(had, figures)
  })
  const target = status.figures()
  const all = Array.from(losses.values()).sort((one, other) => (one.at < other.at ? -1 : 1))
  const { ended, because } = watch.end
  return {
    plan,
    startedAt: new Date(start.wallMs).toISOString(),
    durationMs,
    ended,
    endedBecause: because,
    total: total.encode(),
    phases,
    losses: { total: all.length, first: all.slice(0, lossesListed) },
    unfit: watch.unfitMessages,
    events: watch.events,
    series: watch.series,
    ...(target ? { target } : {}),
    tester: testerHealth(options, mergeHistograms(delays), schedule),
  }
}

/** Everybody's messages, each once; sent when it was seen first. */
function unite(
  all: readonly Readonly<Record<string, readonly ForeignMessage[]>>[],
): Record<string, ForeignMessage[]> {
  const united: Record<string, Map<string, ForeignMessage>> = {}
  for (const heard of all)
    for (const [topic, messages] of Object.entries(heard)) {
      const known = (united[topic] ??= new Map())
      for (const message of messages) {
        const key = `${message.epoch}-${message.sequence}`
        const before = known.get(key)
        if (!before || message.sentMs < before.sentMs) known.set(key, message)
      }
    }
  return Object.fromEntries(Object.entries(united).map(([topic, known]) => [topic, [...known.values()]]))
}

function countPublished(
  foreign: Readonly<Record<string, readonly ForeignMessage[]>>,
  { plan, counts }: SumUpOptions,
): void {
  const heard = plan.phases.flatMap(({ subscribers }) => subscribers).flatMap(({ topics }) => topics)
  // Once for each topic, however many groups hear it.
  for (const topic of new Map(heard.map((one) => [one.topic, one])).values())
    for (const { sentMs } of foreign[topic.topic] ?? []) counts.at(sentMs).topic(topic).published += 1
}

function countOwn({ own }: Ledger, { plan, counts }: SumUpOptions): void {
  const topics = new Map(
    plan.phases
      .flatMap(({ publishers }) => publishers)
      .flatMap((publisher) =>
        publisher.via === 'http' ? [] : [[publisher.topic.topic, publisher.topic] as const],
      ),
  )
  for (const { topic, sent, due } of own) {
    const named = topics.get(topic)
    if (!named) continue
    for (const [index, sentMs] of sent.entries())
      if (!Number.isNaN(sentMs)) counts.at(due[index] ?? sentMs).topic(named).published += 1
  }
}

function addLoss(losses: Map<string, Loss>, loss: Loss): void {
  const key = `${loss.topic} ${loss.epoch ?? ''} ${loss.sequence}`
  const before = losses.get(key)
  losses.set(key, before ? { ...before, subscribers: before.subscribers + loss.subscribers } : loss)
}

function testerHealth(
  { watch }: SumUpOptions,
  delays: TesterHealth['eventLoopDelay'],
  schedule: Schedule,
): TesterHealth {
  const { mostConnections, residentMost, residentBefore, residentAtMost } = watch
  const { bottleneckSeconds, bottleneckWhy } = watch
  const limit = openFilesLimit()
  return {
    workers: watch.workers,
    cpuSeconds: watch.cpuSeconds,
    cpuMost: watch.cpuMost,
    eventLoopDelay: delays,
    sendDelay: schedule.delays.encode(),
    residentBytesBefore: residentBefore,
    residentBytesMost: residentMost,
    ...(mostConnections >= connectionsForMemory
      ? { bytesPerConnection: Math.round((residentAtMost - residentBefore) / mostConnections) }
      : {}),
    ...(limit === undefined ? {} : { openFilesLimit: limit }),
    bottleneck: bottleneckSeconds > 0 ? { seconds: bottleneckSeconds, why: bottleneckWhy } : undefined,
  }
}
