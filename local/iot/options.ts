/**
 * What `startIotCore` is told, and what it settles on.
 *
 * @module
 */
import { localAccount } from '../aws.ts'
import { type Chance, seededChance } from '../chance.ts'
import { type Clock, systemClock } from '../clock.ts'
import { type Faults, noFaults } from '../faults.ts'
import type { AuthorizerOptions } from './auth/authorizer.ts'
import type { CredentialOptions } from './auth/iam-credential.ts'
import type { Thing } from './policy/condition-keys.ts'
import type { AdjustableQuotaId } from './quotas/catalogue.ts'
import type { RuleDefinition, RuleTargets } from './rules/definition.ts'

export interface LogLine {
  readonly level: 'info' | 'warn'
  readonly message: string
  readonly [field: string]: unknown
}

export interface IotCoreOptions {
  /** TCP port for `/mqtt` and the data plane alike; 0 picks a free one. Default: 0. */
  readonly port?: number
  /** TCP port for MQTT without WebSocket and without TLS, for tools; 0 picks a free one. Default: none is opened. */
  readonly tcpPort?: number
  /** Address to listen on. Default: 127.0.0.1; the broker is for one machine. */
  readonly host?: string
  /** SQLite file for retained messages, or ':memory:'. Default: ':memory:'. */
  readonly dataFile?: string
  /** Default: none; every client is refused then, unless `anonymous` or credentials let it in. */
  readonly authorizers?: readonly AuthorizerOptions[]
  /** Name of the authorizer for clients that name none. Default: such clients are refused. */
  readonly defaultAuthorizer?: string
  /**
   * Access keys that sign presigned WebSocket URLs and data-plane requests, each with its IAM policies.
   * Default: `local` with the secret `local`, which may do everything. docs/aws-iot-core.md §5b.
   */
  readonly credentials?: readonly CredentialOptions[]
  /** Registered things, for the policy variables `iot:Connection.Thing.…`. Default: none. docs/aws-iot-core.md §6. */
  readonly things?: readonly Thing[]
  /** Admits anyone to everything and asks no authorizer; for tools and benches on this machine. Default: false. */
  readonly anonymous?: boolean
  /**
   * Whether every denied operation ends its connection, as AWS is seen to do for 3.1.1, instead of an MQTT 5 reason
   * code where there is one, and every packet before the CONNACK. docs/aws-iot-core.md §2.1, §12.1. Default: false.
   */
  readonly strict?: boolean
  /** The AWS Region played: its quotas are smaller in some. Default: eu-west-1. docs/aws-iot-core.md §3. */
  readonly region?: string
  /** The Region whose quotas hold, where it is another: that of the deployment. Default: `region`. */
  readonly quotaRegion?: string
  /**
   * What happens over a quota: `enforce` refuses or drops as AWS does, `count` only counts it in `stats()`, `off`
   * does not look. Default: 'enforce'.
   */
  readonly quotas?: 'enforce' | 'count' | 'off'
  /** Quotas that AWS has raised for the account, by their ID in quotas/catalogue.ts. Default: none. */
  readonly quotaLimits?: Readonly<Partial<Record<AdjustableQuotaId, number>>>
  /** What becomes of messages besides their delivery. Default: none. docs/aws-iot-core.md §9. */
  readonly rules?: readonly RuleDefinition[]
  /** What the rules' actions reach. Default: nothing but republish. */
  readonly ruleTargets?: RuleTargets
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Where faults draw from. Default: seed 1. */
  readonly chance?: Chance
  /** Read at each use, so it may be changed at any time. Default: none. */
  readonly faults?: Faults['iot']
  /** Told of each denial, refusal and quota hit. Default: nobody. */
  readonly log?: (line: LogLine) => void
}

/** The options with their defaults in place. */
export interface Settings {
  readonly host: string
  readonly defaultAuthorizer: string | undefined
  readonly anonymous: boolean
  readonly strict: boolean
  readonly region: string
  readonly quotas: 'enforce' | 'count' | 'off'
  readonly clock: Clock
  readonly chance: Chance
  readonly faults: Faults['iot']
  readonly log: (line: LogLine) => void
}

/** Puts the defaults in. */
export function settle(options: IotCoreOptions): Settings {
  return {
    host: options.host ?? '127.0.0.1',
    defaultAuthorizer: options.defaultAuthorizer,
    anonymous: options.anonymous ?? false,
    strict: options.strict ?? false,
    region: options.region ?? localAccount.region,
    quotas: options.quotas ?? 'enforce',
    clock: options.clock ?? systemClock,
    chance: (options.chance ?? seededChance(1)).fork('iot'),
    faults: options.faults ?? noFaults().iot,
    log: options.log ?? (() => {}),
  }
}
