/**
 * Counting: what threads count while they run, and how the counts of several come together.
 *
 * @module
 */
import { Histogram } from '../histogram.ts'
import type { ConnectionFigures, FloodFigures, Reason, RequestFigures, TopicFigures } from '../outcome.ts'
import type { LoadTopic } from '../plan.ts'

/** How often each reason was given. */
export class Reasons {
  readonly #counts = new Map<string, number>()
  total = 0

  add(reason: string, count = 1): void {
    // A target that makes its reasons up must not fill the memory.
    const key = this.#counts.has(reason) || this.#counts.size < 100 ? reason : 'other'
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count)
    this.total += count
  }

  addAll(reasons: readonly Reason[]): void {
    for (const { reason, count } of reasons) this.add(reason, count)
  }

  /** The most frequent first. */
  list(): Reason[] {
    return Array.from(this.#counts, ([reason, count]) => ({ reason, count })).sort(
      (one, other) => other.count - one.count,
    )
  }
}

const topicCounts = [
  'published',
  'unpublished',
  'delivered',
  'bytes',
  'lost',
  'superseded',
  'duplicated',
  'repeated',
  'reordered',
  'unfit',
  'gaps',
  'gapsRecovered',
  'leftOut',
  'recoveries',
] as const satisfies readonly (keyof TopicFigures)[]
const topicTimes = [
  'delivery',
  'request',
  'currentValue',
  'back',
] as const satisfies readonly (keyof TopicFigures)[]

/** A topic's figures in one phase, while they are counted. */
export class TopicCount {
  published = 0
  unpublished = 0
  delivered = 0
  bytes = 0
  lost = 0
  superseded = 0
  duplicated = 0
  repeated = 0
  reordered = 0
  unfit = 0
  gaps = 0
  gapsRecovered = 0
  leftOut = 0
  recoveries = 0
  readonly delivery = new Histogram()
  readonly request = new Histogram()
  readonly currentValue = new Histogram()
  readonly back = new Histogram()
  readonly topic: LoadTopic

  constructor(topic: LoadTopic) {
    this.topic = topic
  }

  add(other: TopicFigures): void {
    for (const key of topicCounts) this[key] += other[key]
    for (const key of topicTimes) this[key].add(other[key])
  }

  encode(): TopicFigures {
    const { contract, topic, kind } = this.topic
    return {
      topic: { contract, topic, kind },
      published: this.published,
      unpublished: this.unpublished,
      delivered: this.delivered,
      bytes: this.bytes,
      lost: this.lost,
      superseded: this.superseded,
      duplicated: this.duplicated,
      repeated: this.repeated,
      reordered: this.reordered,
      unfit: this.unfit,
      gaps: this.gaps,
      gapsRecovered: this.gapsRecovered,
      leftOut: this.leftOut,
      recoveries: this.recoveries,
      delivery: this.delivery.encode(),
      request: this.request.encode(),
      currentValue: this.currentValue.encode(),
      back: this.back.encode(),
    }
  }
}

/** Connections in one phase. */
export class ConnectionCount {
  attempted = 0
  connected = 0
  subscribed = 0
  open = 0
  most = 0
  left = 0
  readonly refused = new Reasons()
  readonly denied = new Reasons()
  readonly disconnects = new Reasons()
  readonly connect = new Histogram()
  readonly subscribe = new Histogram()
  readonly waited = new Histogram()

  /** Another thread's, at the same time. */
  add(other: ConnectionFigures): void {
    for (const key of ['attempted', 'connected', 'subscribed', 'open', 'most', 'left'] as const)
      this[key] += other[key]
    for (const key of ['refused', 'denied', 'disconnects'] as const) this[key].addAll(other[key])
    for (const key of ['connect', 'subscribe', 'waited'] as const) this[key].add(other[key])
  }

  /** What came after it: levels are the later one's. */
  follow(other: ConnectionFigures): void {
    const most = Math.max(this.most, other.most)
    this.open = 0
    this.add(other)
    this.most = most
  }

  encode(): ConnectionFigures {
    const { attempted, connected, subscribed, open, most, left } = this
    return {
      attempted,
      connected,
      subscribed,
      open,
      most,
      left,
      refused: this.refused.list(),
      denied: this.denied.list(),
      disconnects: this.disconnects.list(),
      connect: this.connect.encode(),
      subscribe: this.subscribe.encode(),
      waited: this.waited.encode(),
    }
  }
}

/** Requests of one kind. */
export class RequestCount {
  sent = 0
  errors = 0
  readonly answers = new Reasons()
  readonly latency = new Histogram()

  record(answer: string, isExpected: boolean, ms: number): void {
    this.answers.add(answer)
    if (!isExpected) this.errors += 1
    this.latency.record(ms)
  }
}

/** All kinds of requests in one phase. */
export class RequestCounts {
  readonly #kinds = new Map<string, RequestCount>()

  of(name: string): RequestCount {
    let count = this.#kinds.get(name)
    if (!count) this.#kinds.set(name, (count = new RequestCount()))
    return count
  }

  get errors(): number {
    let errors = 0
    for (const count of this.#kinds.values()) errors += count.errors
    return errors
  }

  add({ kinds }: RequestFigures): void {
    for (const { name, sent, answers, errors, latency } of kinds) {
      const count = this.of(name)
      count.sent += sent
      count.errors += errors
      count.answers.addAll(answers)
      count.latency.add(latency)
    }
  }

  encode(): RequestFigures {
    return {
      kinds: Array.from(this.#kinds, ([name, { sent, errors, answers, latency }]) => ({
        name,
        sent,
        answers: answers.list(),
        errors,
        latency: latency.encode(),
      })),
    }
  }
}

/** A flood in one phase. */
export class FloodCount {
  attempted = 0
  accepted = 0
  readonly refused = new Reasons()
}

/** All floods of one phase. */
export class FloodCounts {
  readonly #floods = new Map<string, FloodCount>()

  of(name: string): FloodCount {
    let count = this.#floods.get(name)
    if (!count) this.#floods.set(name, (count = new FloodCount()))
    return count
  }

  add(floods: readonly FloodFigures[]): void {
    for (const { name, attempted, accepted, refused } of floods) {
      const count = this.of(name)
      count.attempted += attempted
      count.accepted += accepted
      count.refused.addAll(refused)
    }
  }

  encode(): FloodFigures[] {
    return Array.from(this.#floods, ([name, { attempted, accepted, refused }]) => ({
      name,
      attempted,
      accepted,
      refused: refused.list(),
    }))
  }
}
