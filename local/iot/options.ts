/**
 * What `startIotCore` is told, and what it settles on.
 *
 * @module
 */
import { type Chance, seededChance } from '../chance.ts'
import { type Clock, systemClock } from '../clock.ts'
import { type Faults, noFaults } from '../faults.ts'
import type { AuthorizerOptions } from './auth/authorizer.ts'

export interface LogLine {
  readonly level: 'info' | 'warn'
  readonly message: string
  readonly [field: string]: unknown
}

export interface IotCoreOptions {
  /** TCP port for `/mqtt` and the data plane alike; 0 picks a free one. */
  readonly port: number
  /** Address to listen on. Default: 127.0.0.1; the broker is for one machine. */
  readonly host?: string
  /** SQLite file for retained messages, or ':memory:'. */
  readonly dataFile: string
  readonly authorizers: readonly AuthorizerOptions[]
  /** Name of the authorizer for clients that name none. Default: such clients are refused. */
  readonly defaultAuthorizer?: string
  /** Admits anyone to everything and asks no authorizer; for tools and benches on this machine. Default: false. */
  readonly anonymous?: boolean
  /**
   * What happens over a quota: `enforce` refuses or drops as AWS does, `count` only counts it in `stats()`, `off`
   * does not look. Default: 'enforce'.
   */
  readonly quotas?: 'enforce' | 'count' | 'off'
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
    quotas: options.quotas ?? 'enforce',
    clock: options.clock ?? systemClock,
    chance: (options.chance ?? seededChance(1)).fork('iot'),
    faults: options.faults ?? noFaults().iot,
    log: options.log ?? (() => {}),
  }
}
