/**
 * The figures of each phase in one thread, and how those of all threads become the outcome's.
 *
 * @module
 */
import type { LoadFigures } from '../outcome.ts'
import type { LoadPlan, LoadTopic } from '../plan.ts'
import { ConnectionCount, FloodCounts, RequestCounts, TopicCount } from './figures.ts'

/** One phase. */
export class PhaseCount {
  readonly topics = new Map<string, TopicCount>()
  readonly connections = new ConnectionCount()
  readonly requests = new RequestCounts()
  readonly floods = new FloodCounts()

  topic(topic: LoadTopic): TopicCount {
    let count = this.topics.get(topic.topic)
    if (!count) this.topics.set(topic.topic, (count = new TopicCount(topic)))
    return count
  }

  add(figures: LoadFigures): void {
    for (const topic of figures.topics) this.topic(topic.topic).add(topic)
    this.connections.add(figures.connections)
    this.requests.add(figures.requests)
    this.floods.add(figures.floods)
  }

  /** Takes in a later phase. */
  follow(figures: LoadFigures): void {
    for (const topic of figures.topics) this.topic(topic.topic).add(topic)
    this.connections.follow(figures.connections)
    this.requests.add(figures.requests)
    this.floods.add(figures.floods)
  }

  encode(): LoadFigures {
    return {
      topics: Array.from(this.topics.values(), (topic) => topic.encode()),
      connections: this.connections.encode(),
      requests: this.requests.encode(),
      floods: this.floods.encode(),
    }
  }
}

/** A thread's phases; what happens after the last one, while the run settles, counts in it. */
export class PhaseCounts {
  readonly all: readonly PhaseCount[]
  readonly #endsMs: readonly number[]

  constructor({ phases }: LoadPlan) {
    this.all = phases.map(() => new PhaseCount())
    let end = 0
    this.#endsMs = phases.map(({ durationMs }) => (end += durationMs))
  }

  /** Index of the phase at this time of the run. */
  indexAt(runMs: number): number {
    const at = this.#endsMs.findIndex((end) => runMs < end)
    return at < 0 ? this.#endsMs.length - 1 : at
  }

  at(runMs: number): PhaseCount {
    const phase = this.all[this.indexAt(runMs)]
    if (!phase) throw new RangeError('the plan has no phase')
    return phase
  }

  /** When a phase begins, ms after the run's beginning. */
  beginsMs(index: number): number {
    return index === 0 ? 0 : (this.#endsMs[index - 1] ?? 0)
  }
}
