/**
 * What a load test does, as data: made from the command line or a scenario, checked there, and run by `runLoad`. It is
 * plain JSON: it goes to worker threads as it is, and the same plan with the same seed asks for the same things at the same times.
 *
 * @module
 */

export interface LoadPlan {
  readonly name: string
  /** Part of every client ID and idempotency key of this run: `[A-Za-z0-9]{1,16}`. */
  readonly run: string
  /** Of arrivals, think times, choices and payloads. */
  readonly seed: number
  readonly target: LoadTarget
  /** One after another. A group of subscribers goes on from one phase to the next by its name. */
  readonly phases: readonly LoadPhase[]
  readonly thresholds: readonly Threshold[]
  readonly limits: LoadLimits
  /** After the last phase: how long to wait for what is still on its way before it counts as lost, ms. */
  readonly settleMs: number
}

/** Where the load goes. Secrets are not in it: `authentication` says from where the engine takes them. */
export interface LoadTarget {
  /** `local`: the stack on this machine, whose quotas and meter can be read. */
  readonly kind: 'local' | 'endpoint'
  /** Base of the HTTP API without a slash at its end, `http://localhost:4000`: sessions, `/state`, `/events`, requests. */
  readonly httpUrl: string
  /** `ws://localhost:4001/mqtt`. Absent: what the session names. */
  readonly mqttUrl?: string
  /** Base of the IoT data plane, `http://localhost:4001`. Absent: nothing is published by the data plane. */
  readonly dataPlaneUrl?: string
  /** Address of the local stack's figures as JSON (`/_fanfare/iot`). Absent: the target has none. */
  readonly statusUrl?: string
  /** Whose prices and quotas hold. */
  readonly region: string
  readonly authentication: Authentication
}

export type Authentication =
  /** `POST <url>` for each pair of connections (a session names two client IDs). */
  | { readonly kind: 'session'; readonly url: string }
  /** One custom-authorizer token for all; the token and its signature are in these environment variables. */
  | {
      readonly kind: 'token'
      readonly authorizer: string
      readonly tokenKey: string
      readonly tokenVariable: string
      /** Absent: the authorizer takes unsigned tokens. */
      readonly signatureVariable?: string
    }
  /** AWS credentials of the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN). */
  | { readonly kind: 'sigv4' }
  | { readonly kind: 'none' }

export interface LoadPhase {
  readonly name: string
  readonly durationMs: number
  readonly subscribers: readonly SubscriberGroup[]
  readonly publishers: readonly Publisher[]
  readonly cuts: readonly Cut[]
  readonly floods: readonly Flood[]
}

/** A topic and what its contract says about it, so that nobody looks it up while running. */
export interface LoadTopic {
  /** The contract's pattern, `campaigns/{campaignId}/total`. */
  readonly contract: string
  /** The topic's name, `campaigns/red-nose/total`. */
  readonly topic: string
  readonly kind: 'state' | 'feed' | 'inbox' | 'signal'
}

/** Connections that hear the same topics. */
export interface SubscriberGroup {
  /** A group that the next phase names again keeps its connections; one that it does not name leaves. */
  readonly name: string
  /** Each connection hears all of those with weight 1 or none given, and the others with the chance of their weight. */
  readonly topics: readonly (LoadTopic & { readonly weight?: number })[]
  /** Connections at the phase's beginning and end; evenly between. */
  readonly from: number
  readonly to: number
  /** Connection attempts a second at the most, over the whole group: ramps, joiners and returns after a cut. */
  readonly connectPerSecond: number
  /** So many leave each second, and as many new ones come. */
  readonly joinLeavePerSecond: number
  /** Between connecting and subscribing, ms on average (exponential, of the seed). 0: at once. */
  readonly thinkTimeMs: number
  /** A slow reader takes no more than this from its socket. Absent: as fast as it comes. */
  readonly readBytesPerSecond?: number
  readonly qos: 0 | 1
  /** How many source addresses they come from: 127.x.y.z on this machine, this machine's own to any other target. */
  readonly addresses: number
}

/** When something is sent. Open loop: a slow answer never delays the next one, and latency counts from the time planned. */
export type Arrivals =
  | {
      /** A second, at the phase's beginning and end; evenly between. */
      readonly fromPerSecond: number
      readonly toPerSecond: number
      /** `poisson`: by chance, of the seed. */
      readonly spacing: 'even' | 'poisson'
    }
  /** Milliseconds after the phase's beginning, in order. */
  | { readonly offsetsMs: readonly number[] }

export type Publisher = {
  readonly name: string
  readonly arrivals: Arrivals
} & (
  | {
      readonly via: 'mqtt' | 'data-plane'
      readonly topic: LoadTopic
      /** Values that fit the contract's schema; sent in turn. */
      readonly values: readonly unknown[]
      readonly qos: 0 | 1
      /** MQTT connections that share the messages. AWS drops what exceeds 100 a second and connection. */
      readonly connections: number
    }
  | { readonly via: 'http'; readonly request: LoadRequest }
)

/** An HTTP request; `{run}`, `{index}` (of the arrival, from 0, over the whole run) are replaced in path, headers and bodies. */
export interface LoadRequest {
  readonly method: string
  /** Below `target.httpUrl`, `/donations`. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Sent in turn, the first for the phase's first arrival. Empty: no body. */
  readonly bodies: readonly string[]
  /** Statuses that count as done; any other is an error. */
  readonly expect: readonly number[]
  /** The topics that it changes: their latencies count from here. */
  readonly changes: readonly LoadTopic[]
  /** Source addresses, as for subscribers. */
  readonly addresses: number
}

/** Connections are cut off without a word, and come back as the client does: with full jitter over `returnWithinMs`. */
export interface Cut {
  /** After the phase's beginning. */
  readonly atMs: number
  /** Part of every group's connections, 0 to 1. */
  readonly share: number
  readonly returnWithinMs: number
}

/** Traffic of an attacker. Its refusals are counted apart, by reason, and are no errors. */
export interface Flood {
  readonly name: string
  /** `session`: POST /session. `connect`: WebSocket and CONNECT with a token that must be refused. `request`: the HTTP request named. */
  readonly kind: 'session' | 'connect' | 'request'
  /**
   * Of `connect`. `forged`: a visitor's token changed under its signature, so that the signature check refuses it. `expired`: one rightly
   * signed whose time is over, so that the authorizer is asked and refuses it. Default: forged.
   */
  readonly token?: 'forged' | 'expired'
  readonly request?: LoadRequest
  /** After the phase's beginning, and for how long. */
  readonly atMs: number
  readonly durationMs: number
  readonly perSecond: number
  /** 1: all from one address. */
  readonly addresses: number
}

/** The figures that a threshold may speak of. */
export const thresholdMetrics = {
  lost: { unit: 'count', of: 'messages that never came' },
  duplicated: { unit: 'count', of: 'messages that came again' },
  reordered: { unit: 'count', of: 'messages that came behind a newer one' },
  unfit: { unit: 'count', of: 'messages whose content was not what was sent' },
  'gaps unrecovered': { unit: 'count', of: 'holes in a log that recovery did not fill' },
  delivered: { unit: 'count', of: 'messages received' },
  connected: { unit: 'count', of: 'connections made' },
  'delivered per second': { unit: 'rate', of: 'messages received a second' },
  'delivery p50': { unit: 'ms', of: 'publish to delivery, half of them' },
  'delivery p90': { unit: 'ms', of: 'publish to delivery, nine of ten' },
  'delivery p99': { unit: 'ms', of: 'publish to delivery, 99 of 100' },
  'delivery p99.9': { unit: 'ms', of: 'publish to delivery, 999 of 1,000' },
  'delivery max': { unit: 'ms', of: 'publish to delivery, the slowest' },
  'shown p50': { unit: 'ms', of: 'an HTTP request to the delivery of what it changed, half of them' },
  'shown p99': { unit: 'ms', of: 'an HTTP request to the delivery of what it changed, 99 of 100' },
  'current value p50': { unit: 'ms', of: "a joiner's time to the current value, half of them" },
  'current value p99': { unit: 'ms', of: "a joiner's time to the current value, 99 of 100" },
  'current value max': { unit: 'ms', of: "a joiner's time to the current value, the slowest" },
  'back p99': { unit: 'ms', of: 'a lost connection to the current value again, 99 of 100' },
  'back max': { unit: 'ms', of: 'a lost connection to the current value again, the slowest' },
  'connect p50': { unit: 'ms', of: 'connecting, half of them' },
  'connect p99': { unit: 'ms', of: 'connecting, 99 of 100' },
  'subscribe p99': { unit: 'ms', of: 'subscribing, 99 of 100' },
  'session p99': { unit: 'ms', of: 'POST /session, 99 of 100' },
  'request p50': { unit: 'ms', of: 'an HTTP request, half of them' },
  'request p99': { unit: 'ms', of: 'an HTTP request, 99 of 100' },
  'request errors': { unit: 'count', of: 'HTTP requests with an unexpected answer or none' },
  'refused connections': { unit: 'count', of: 'connection attempts refused, without a flood' },
  denied: { unit: 'count', of: 'subscriptions refused' },
  disconnects: { unit: 'count', of: 'connections the target ended' },
  dollars: { unit: 'dollars', of: 'what AWS would charge for the run' },
} as const satisfies Readonly<Record<string, { readonly unit: string; readonly of: string }>>

export type ThresholdMetric = keyof typeof thresholdMetrics

/** A figure that must hold; one or more of `atMost`, `atLeast`, `atMostTimes`. */
export interface Threshold {
  readonly metric: ThresholdMetric
  /** Topic name. Absent: the whole run's, or the phase's. */
  readonly topic?: string
  readonly phase?: string
  /** In the metric's unit: ms, dollars, a second, or a count. */
  readonly atMost?: number
  readonly atLeast?: number
  /** No more than so many times what it was in another phase. */
  readonly atMostTimes?: { readonly times: number; readonly ofPhase: string }
}

/** What no plan may exceed; the engine refuses a plan that does, and stops at `durationMs` whatever happens. */
export interface LoadLimits {
  /** Publishes, requests and flood attempts a second, all together. */
  readonly perSecond: number
  /** Connections at the same time. */
  readonly connections: number
  /** Of the whole run with its settling, ms. */
  readonly durationMs: number
}

export const loadLimitDefaults = {
  perSecond: 5000,
  connections: 20_000,
  durationMs: 3_600_000,
} as const satisfies LoadLimits
