/**
 * How the local AWS misbehaves as AWS may, on a seed. Every probability is 0 unless told, and may be changed while
 * the stack runs: parts read it at each use.
 *
 * @module
 */
import type { AwsServiceName } from './aws.ts'

export interface Faults {
  /** SNS to SQS, and SQS to Lambda. */
  messages: {
    /** Probability that a message is delivered a second time, after it was handled or not. */
    double: number
    /** Longest extra delay of a delivery, ms, drawn evenly. */
    delayMs: number
    /** Whether a receive takes messages in random order instead of oldest first. */
    reorder: boolean
    /** Probability that an SNS publish is refused with ThrottledException. */
    throttle: number
  }
  /** DynamoDB streams to Lambda. */
  streams: {
    /** Shards a stream has; a partition key stays on its shard. Read when a table is made. */
    shards: number
    /** Whether the records of one transaction appear apart, interleaved with other writes (order holds per item). */
    scatter: boolean
    /** Probability that a batch closes before its size, with at least one record. */
    earlyClose: number
    /** Probability that a batch is handed out once more after it succeeded. */
    repeat: number
  }
  /** DynamoDB itself. */
  tables: {
    /** Probability that a transaction is cancelled with TransactionConflict. */
    conflict: number
    /** Probability that a request is refused with ProvisionedThroughputExceededException. */
    throttle: number
  }
  /** IoT Core. */
  iot: {
    /** Probability that a delivery is doubled (new packet ID, DUP 0). */
    double: number
    /** Probability that a QoS 0 delivery is dropped. */
    drop: number
    /** Longest extra delay of a delivery, ms, which reorders. */
    delayMs: number
    /** Longest pause between SUBACK and the first delivery, ms. */
    subackPauseMs: number
    /** Probability that a retained publish is refused (429). */
    throttleRetained: number
    /** Probability that a retained publish is delivered but not retained. */
    forgetRetained: number
    /** Probability, each second and connection, that the broker ends it. */
    kick: number
    /** Probability, each second and connection that an authorizer let in, that its authorisation ends now. */
    expireEarly: number
    /** Longest extra time before an authorizer is asked, ms; more than its time-out refuses clients. */
    authorizerDelayMs: number
    /** Probability that a rule carries an action out a second time. */
    doubleAction: number
  }
  /** Lambda workers. */
  workers: {
    /** Probability, at each request a handler makes to AWS, that its worker is killed there. */
    kill: number
    /** Which side of the request: before AWS carries it out, after it did and before the answer arrives, or either. */
    killAt: 'before' | 'after' | 'either'
    /** Functions that may be killed, by their key in serverless.yml; all when absent. */
    only?: readonly string[]
    /** No more kills than this. */
    most: number
  }
  /** Services that cannot be reached at all: connections to them fail. */
  outages: Set<AwsServiceName>
}

/** A local AWS that behaves. */
export function noFaults(): Faults {
  return {
    messages: { double: 0, delayMs: 0, reorder: false, throttle: 0 },
    streams: { shards: 1, scatter: false, earlyClose: 0, repeat: 0 },
    tables: { conflict: 0, throttle: 0 },
    iot: {
      double: 0,
      drop: 0,
      delayMs: 0,
      subackPauseMs: 0,
      throttleRetained: 0,
      forgetRetained: 0,
      kick: 0,
      expireEarly: 0,
      authorizerDelayMs: 0,
      doubleAction: 0,
    },
    workers: { kill: 0, killAt: 'either', most: Number.POSITIVE_INFINITY },
    outages: new Set(),
  }
}
