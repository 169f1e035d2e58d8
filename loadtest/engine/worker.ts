/**
 * A thread of subscribers: its share of every group, from the plan alone. It is told when the run begins and when it ends.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { LoadTopic } from '../plan.ts'
import { createAdmission } from './admission.ts'
import { Group } from './group.ts'
import { HealthWatch } from './health.ts'
import type { ForeignMessage, Order, Report, WorkerData } from './orders.ts'
import { PhaseCounts } from './phase-figures.ts'
import { createRecovery } from './recovery.ts'
import { RunClock, type RunStart } from './run-clock.ts'
import { seeded } from './seeded.ts'
import { Tally } from './tally.ts'
import { TopicLog } from './topic-log.ts'

const { plan, worker, workers, ledger } = workerData as WorkerData
const tell = (report: Report): void => parentPort?.postMessage(report, [])

/** How often what is due is looked for, ms. */
const tickMs = 10
/** Problems told by one thread; the figures count all. */
const unfitTold = 50

const counts = new PhaseCounts(plan)
const tally = new Tally()
const health = new HealthWatch()
const logs = new Map<string, TopicLog>()
const groups = new Map<string, Group>()
let connections = 0
let told = 0
let ticking: NodeJS.Timeout | undefined
let telling: NodeJS.Timeout | undefined

function begin(start: RunStart): void {
  // What starting took is not of the run.
  health.take()
  health.delays.clear()
  const clock = new RunClock(start)
  const admission = createAdmission(plan, `w${worker}`, process.env)
  const onHole = createRecovery(plan.target, counts, clock, seeded(plan.seed, `recovery ${worker}`))
  const host = new URL(plan.target.mqttUrl ?? plan.target.httpUrl).hostname
  const logOf = (topic: LoadTopic): TopicLog => {
    let log = logs.get(topic.topic)
    if (!log) {
      const own = ledger.own.find((one) => one.topic === topic.topic)
      const { requestsDue } = ledger
      const onUnfit = (name: string, problem: string): void => {
        told += 1
        if (told <= unfitTold) tell({ kind: 'unfit', topic: name, problem })
      }
      const options = { topic, own, requestsDue, run: plan.run, counts, tally, clock, onUnfit, onHole }
      logs.set(topic.topic, (log = new TopicLog(options)))
    }
    return log
  }
  const opened = (change: 1 | -1): void => {
    connections += change
    const count = counts.at(clock.now()).connections
    count.most = Math.max(count.most, connections)
  }

  function enterPhase(index: number): void {
    const phase = plan.phases[index]
    if (!phase) return
    const beginsMs = counts.beginsMs(index)
    for (const spec of phase.subscribers) {
      if (groups.has(spec.name)) continue
      const random = seeded(plan.seed, `${spec.name} ${worker}`)
      const number = groups.size
      const options = { spec, number, worker, workers, host, clock, counts, admission, random, logOf, opened }
      groups.set(spec.name, new Group(options))
    }
    for (const [name, group] of groups)
      group.enter(
        phase,
        phase.subscribers.find((spec) => spec.name === name),
        beginsMs,
      )
    for (const { atMs, share, returnWithinMs } of phase.cuts)
      setTimeout(
        () => {
          const now = clock.now()
          for (const group of groups.values()) group.cut(share, returnWithinMs, now)
        },
        Math.max(0, beginsMs + atMs - clock.now()),
      )
  }

  let entered = -1
  ticking = setInterval(() => {
    const now = clock.now()
    const phase = counts.indexAt(now)
    while (entered < phase) {
      const before = counts.all[entered]
      if (before) before.connections.open = connections
      enterPhase((entered += 1))
      const count = counts.all[entered]
      if (count) count.connections.most = connections
    }
    for (const group of groups.values()) group.tick(now)
  }, tickMs)
  telling = setInterval(tellSecond, 1000)
}

function tellSecond(): void {
  const phases = counts.all.map((phase) => phase.connections)
  tell({
    kind: 'second',
    connections,
    delivered: tally.delivered,
    missing: tally.missing,
    duplicated: tally.duplicated,
    reordered: tally.reordered,
    unfit: tally.unfit,
    refused: phases.flatMap(({ refused }) => refused.list()),
    disconnects: phases.reduce((sum, { disconnects }) => sum + disconnects.total, 0),
    requestErrors: counts.all.reduce((sum, { requests }) => sum + requests.errors, 0),
    latencies: tally.second.encode(),
    health: health.take(),
  })
  tally.second.clear()
}

function end(): void {
  clearInterval(ticking)
  clearInterval(telling)
  tellSecond()
  const last = counts.all.findLast((phase) => phase.connections.attempted > 0 || phase.connections.most > 0)
  if (last) last.connections.open = connections
  for (const group of groups.values()) group.end(Number.POSITIVE_INFINITY)
  const foreign: Record<string, ForeignMessage[]> = {}
  for (const [topic, log] of logs) foreign[topic] = log.foreign()
  tell({ kind: 'heard', foreign })
}

function sum(foreign: Readonly<Record<string, readonly ForeignMessage[]>>): void {
  const losses = Array.from(logs, ([topic, log]) => log.losses(foreign[topic] ?? [])).flat()
  const phases = counts.all.map((phase) => phase.encode())
  tell({ kind: 'figures', phases, losses, delays: health.delays.encode() })
}

parentPort?.on('message', (order: Order) => {
  if (order.kind === 'start') begin(order.start)
  else if (order.kind === 'end') end()
  else sum(order.foreign)
})
tell({ kind: 'ready' })
