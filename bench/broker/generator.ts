/**
 * The load generator, a process of its own: subscribers, one publisher, and how late each message came. Told by messages
 * from its parent; the load is open, a message's time counted from when it was due.
 */
import { percentileOfCounts } from './histogram.ts'
import type { GeneratorCommand, GeneratorReport, Load } from './orders.ts'
import { Subscriber } from './subscriber.ts'
import { delivered, type Dialect, publishFrame } from './wire.ts'

const [portText = '', path = '/', dialectText = '', qosText = '0', payloadText = '200', prefix = 's'] =
  process.argv.slice(2)
const port = Number(portText)
const dialect = dialectText as Dialect
const qos = qosText === '1' ? 1 : 0
const payloadBytes = Number(payloadText)
const message = delivered(dialect, payloadBytes, qos)
const publish = publishFrame(dialect, payloadBytes, qos)

/** Handshakes at the same time. */
const window = 64
/** Delays in steps of 0.1 ms, up to 10 s. */
const stepMs = 0.1
const delays = new Uint32Array(100_001)

const subscribers: Subscriber[] = []
const seen = { ready: 0, opening: 0, lost: 0, lastLost: '', received: 0, lastAt: 0 }
let due: Float64Array = new Float64Array(0)
let publisher: Subscriber | undefined

function open(clientId: string, subscribes: boolean, onReady: () => void): Subscriber {
  return new Subscriber({
    port,
    path,
    dialect,
    clientId,
    qos,
    subscribes,
    message,
    onReady,
    onMessages,
    onEnd: (why) => {
      seen.lost += 1
      seen.lastLost = why
    },
  })
}

function onMessages(subscriber: Subscriber, count: number): void {
  const now = performance.now()
  for (let index = 0; index < count; index += 1) {
    const late = now - (due[subscriber.received + index] ?? now)
    const step = Math.min(Math.max(Math.round(late / stepMs), 0), delays.length - 1)
    delays[step] = (delays[step] ?? 0) + 1
  }
  subscriber.received += count
  seen.received += count
  seen.lastAt = now
}

async function connectTo(total: number): Promise<GeneratorReport> {
  const from = seen.ready
  const started = performance.now()
  const until = started + 60_000
  while (seen.ready < total && seen.lost === 0 && performance.now() < until) {
    while (seen.opening < window && subscribers.length < total) {
      seen.opening += 1
      subscribers.push(
        open(`${prefix}${subscribers.length}`, true, () => {
          seen.opening -= 1
          seen.ready += 1
        }),
      )
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  const seconds = (performance.now() - started) / 1000
  return {
    kind: 'connected',
    ready: seen.ready,
    perSecond: (seen.ready - from) / seconds,
    lost: seen.lost,
    why: seen.lastLost,
  }
}

function openPublisher(): Promise<Subscriber> {
  return new Promise((resolve) => {
    const opened = open(`${prefix}publisher`, false, () => resolve(opened))
  })
}

async function load({ perSecond, seconds }: Load): Promise<GeneratorReport> {
  publisher ??= await openPublisher()
  const { socket } = publisher
  // What is still on its way of an earlier load is not of this one.
  await pause(100)
  delays.fill(0)
  seen.received = 0
  for (const subscriber of subscribers) subscriber.received = 0
  const total = Math.round(perSecond * seconds)
  const started = performance.now() + 5
  due = Float64Array.from({ length: total }, (_, index) => started + (index * 1000) / perSecond)
  let sent = 0
  while (sent < total) {
    const now = performance.now()
    while (sent < total && (due[sent] ?? 0) <= now) {
      socket.write(publish)
      sent += 1
    }
    const next = (due[sent] ?? 0) - performance.now()
    if (next > 2) await pause(Math.min(next - 1, 10))
    else await new Promise((resolve) => setImmediate(resolve))
    if (socket.writableLength > 1024 * 1024 || seen.lost > 0) break
  }
  const expected = total * seen.ready
  const stoppedAt = performance.now()
  while (seen.received < expected && performance.now() - Math.max(seen.lastAt, stoppedAt) < 1000)
    await pause(5)
  const tookSeconds = (Math.max(seen.lastAt, started + 1) - started) / 1000
  return {
    kind: 'loaded',
    perSecond: seen.received / Math.max(tookSeconds, seconds),
    received: seen.received,
    missing: expected - seen.received,
    p50Ms: percentileOfCounts(delays, 0.5) * stepMs,
    p99Ms: percentileOfCounts(delays, 0.99) * stepMs,
    lost: seen.lost,
    why: seen.lastLost,
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

process.on('message', (command: GeneratorCommand) => {
  const work =
    command.kind === 'connect'
      ? connectTo(command.total)
      : command.kind === 'load'
        ? load(command)
        : undefined
  if (work) void work.then((report) => process.send?.({ ...report, cpuSeconds: cpuSeconds() }))
  else process.exit(0)
})
process.on('disconnect', () => process.exit(0))

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
