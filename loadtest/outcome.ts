/**
 * What a load test found, as data: `runLoad` answers it whatever happened, and tells of its progress on the way. Plain JSON.
 *
 * @module
 */
import type { EncodedHistogram } from './histogram.ts'
import type { LoadPlan, LoadTopic } from './plan.ts'

export interface LoadOutcome {
  readonly plan: LoadPlan
  /** RFC 3339. */
  readonly startedAt: string
  readonly durationMs: number
  readonly ended: LoadEnd
  /** One sentence: why it ended so. */
  readonly endedBecause: string
  /** Of the whole run. */
  readonly total: LoadFigures
  /** In order; those that began. A message counts where it was published, everything else where it happened. */
  readonly phases: readonly (LoadFigures & {
    readonly name: string
    /** After the run's beginning, ms. */
    readonly atMs: number
    readonly durationMs: number
  })[]
  /** Deliveries that never came, the first ones. */
  readonly losses: Bounded<Loss>
  /** Messages whose content was not what it should have been, the first ones. */
  readonly unfit: Bounded<Unfit>
  /** What happened, in order: phases, cuts, the target going and coming back, the tester being the bottleneck. */
  readonly events: Bounded<LoadEvent>
  /** One a second, for charts. */
  readonly series: readonly LoadSample[]
  /** From the local stack's own page; absent for a target that has none, or none that answers. */
  readonly target?: TargetFigures
  readonly tester: TesterHealth
}

/**
 * `completed`: to its end. `stopped`: by the signal. `unreachable`: nobody could ever connect, or no request was answered.
 * `lost`: the target went away and had not come back at the end. `failed`: the tester could not go on; a bug, or the machine.
 */
export type LoadEnd = 'completed' | 'stopped' | 'unreachable' | 'lost' | 'failed'

/** The first of a list, and how many there were. */
export interface Bounded<Item> {
  readonly total: number
  readonly first: readonly Item[]
}

/** Figures of a phase or of the run. */
export interface LoadFigures {
  readonly topics: readonly TopicFigures[]
  readonly connections: ConnectionFigures
  readonly requests: RequestFigures
  /** By the flood's name. */
  readonly floods: readonly FloodFigures[]
}

export interface TopicFigures {
  readonly topic: LoadTopic
  /** Messages: the tester's own that the target took, or the different ones that came of others'. */
  readonly published: number
  /** The tester's own messages that the target refused, or that could not be sent. */
  readonly unpublished: number
  /** First copies of messages, to all subscribers together; without retained ones. */
  readonly delivered: number
  /** Bytes of payload in them. */
  readonly bytes: number
  /**
   * Deliveries that never came to a subscriber who was subscribed from a second before to a second after, and were not made
   * good. A message of the tester's own is never made good: it is the broker that is tested.
   */
  readonly lost: number
  /**
   * Deliveries of others' messages that never came, but whose content did: a newer value of a state, a feed's entries in a later
   * message or from `/events`.
   */
  readonly superseded: number
  /** Further copies of a message to the same subscriber. */
  readonly duplicated: number
  /**
   * A head that the subscriber had: sent once more on purpose, which repair does five seconds after a topic fell quiet, or already
   * had as the retained message when it joined.
   */
  readonly repeated: number
  /** Deliveries behind a newer one that was sent when the target had the older one. */
  readonly reordered: number
  /** Messages whose content was not what was sent, or does not fit the contract. */
  readonly unfit: number
  /** A feed's holes: entries between two messages that neither held, and which the message did not say were left out. */
  readonly gaps: number
  /** Those whose entries a later message or `/events` brought. */
  readonly gapsRecovered: number
  /** Entries left out because a message could not hold them (`previous`): no gap. */
  readonly leftOut: number
  /** Requests to `/events` for recovery. */
  readonly recoveries: number
  /** Ms from when it was planned to be sent (or, for what others write, from the message's `time`) to its delivery. */
  readonly delivery: EncodedHistogram
  /** Ms from the HTTP request that caused a message, as planned, to its delivery; of requests that say what they change. */
  readonly request: EncodedHistogram
  /** Ms from a joiner's or returner's SUBSCRIBE to the first value that was current; not of the tester's own messages, which are not retained. */
  readonly currentValue: EncodedHistogram
  /** Ms from when a returner lost its connection, by a cut or otherwise, to that value. */
  readonly back: EncodedHistogram
}

export interface ConnectionFigures {
  readonly attempted: number
  /** CONNACKs with success; publishers' connections too. */
  readonly connected: number
  readonly subscribed: number
  /** At the end of the phase. */
  readonly open: number
  readonly most: number
  /** Ended by the tester: leavers and cuts. */
  readonly left: number
  /** Attempts that did not succeed, by reason: `HTTP 403`, `CONNACK 0x87`, `ECONNREFUSED`, `no answer`. */
  readonly refused: readonly Reason[]
  /** Filters refused: `SUBACK 0x87`. */
  readonly denied: readonly Reason[]
  /** Connections that the target ended, by reason: `DISCONNECT 0x8b`, `close 1006`, `ECONNRESET`. */
  readonly disconnects: readonly Reason[]
  /** Ms from the planned attempt to CONNACK; sessions are counted in `requests`. */
  readonly connect: EncodedHistogram
  /** Ms from SUBSCRIBE to SUBACK. */
  readonly subscribe: EncodedHistogram
  /** Ms that attempts began late, because `connectPerSecond` or an address's share held them back. */
  readonly waited: EncodedHistogram
}

export interface Reason {
  readonly reason: string
  readonly count: number
}

/** HTTP: publishers' requests by their publisher's name, `session`, `events`, `data-plane`. */
export interface RequestFigures {
  readonly kinds: readonly {
    readonly name: string
    readonly sent: number
    /** `200`, `429`, `ECONNREFUSED`, `no answer`. */
    readonly answers: readonly Reason[]
    /** Those that were not what was expected. */
    readonly errors: number
    /** Ms from when it was planned. */
    readonly latency: EncodedHistogram
  }[]
}

export interface FloodFigures {
  readonly name: string
  readonly attempted: number
  /** That the target took. */
  readonly accepted: number
  readonly refused: readonly Reason[]
}

export interface Loss {
  readonly topic: string
  /** Absent for the tester's own messages. */
  readonly epoch?: string
  readonly sequence: number
  /** RFC 3339: when it was sent. */
  readonly at: string
  /** How many subscribers it never came to. */
  readonly subscribers: number
}

export interface Unfit {
  readonly topic: string
  /** RFC 3339: when it came. */
  readonly at: string
  readonly problem: string
}

export interface LoadEvent {
  /** After the run's beginning. */
  readonly atMs: number
  readonly level: 'info' | 'warn'
  readonly what: string
}

/** A second of the run. */
export interface LoadSample {
  /** After the run's beginning; the second's end. */
  readonly atMs: number
  readonly phase: string
  readonly connections: number
  readonly published: number
  readonly requests: number
  readonly delivered: number
  /** Found missing so far; what is late is among them until it comes. */
  readonly missing: number
  /** Of deliveries in this second, ms; null when there were none. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  /** Longest delay of a worker's event loop, ms. */
  readonly testerDelayMs: number
  /** Share of one core that the busiest worker had, 0 to 1. */
  readonly testerCpu: number
}

/** What the target tells of itself, as it grew from the run's beginning to its end. */
export interface TargetFigures {
  readonly quotaMode: 'enforce' | 'count' | 'off'
  readonly quotas: readonly {
    readonly id: string
    readonly name: string
    readonly limit: number
    /** The most in use that was seen, in the quota's unit. */
    readonly most: number
    /** Times over it. */
    readonly hits: number
  }[]
  /** Metered units by kind (publishIn, publishOut, connect, …). */
  readonly units: Readonly<Record<string, number>>
  /** Deliveries the broker dropped, by why. */
  readonly drops: Readonly<Record<string, number>>
  /** Denials by reason. */
  readonly denials: readonly Reason[]
}

export interface TesterHealth {
  readonly workers: number
  /** CPU seconds of the whole process. */
  readonly cpuSeconds: number
  /** Share of one core of the busiest worker in its busiest second, 0 to 1. */
  readonly cpuMost: number
  /** Ms that event loops were late, sampled every 20 ms, of all workers. */
  readonly eventLoopDelay: EncodedHistogram
  /** Ms that publishes and requests went out after they were planned. */
  readonly sendDelay: EncodedHistogram
  /** Resident memory before anybody connected: the program's own. Absent in older reports. */
  readonly residentBytesBefore?: number
  readonly residentBytesMost: number
  /**
   * What resident memory had grown by when there were the most connections for the first time, by their number, bytes; absent for
   * fewer than 2,000. It is the connections' where they come before the load, as in a phase of gathering.
   */
  readonly bytesPerConnection?: number
  /** `max open files`, where the system says. */
  readonly openFilesLimit?: number
  /** Whether the figures are the tester's rather than the target's, and for how many of the run's seconds. */
  readonly bottleneck: { readonly seconds: number; readonly why: string } | undefined
}

/** Told about every second. */
export interface LoadProgress {
  readonly atMs: number
  readonly phase: string
  /** 0 to 1. */
  readonly done: number
  readonly sample: LoadSample
  /** So far. */
  readonly delivered: number
  readonly duplicated: number
  readonly reordered: number
  readonly unfit: number
  readonly refused: number
  readonly disconnects: number
  readonly requestErrors: number
  readonly delivery: EncodedHistogram
  /** Most used quotas of the target, share of each, where it tells. */
  readonly quotas: readonly { readonly id: string; readonly share: number }[]
  readonly bottleneck: string | undefined
}
