/**
 * What the operations work with.
 *
 * @module
 */
import type { Chance } from '../chance.ts'
import type { Clock } from '../clock.ts'
import type { Faults } from '../faults.ts'
import type { Database } from './storage/database.ts'
import type { ItemStore } from './storage/items.ts'
import type { RequestTokens } from './storage/request-tokens.ts'
import type { Tables } from './storage/tables.ts'
import type { StreamLog } from './streams/stream-log.ts'

export interface Engine {
  readonly database: Database
  readonly tables: Tables
  readonly items: ItemStore
  readonly tokens: RequestTokens
  readonly streams: StreamLog
  readonly clock: Clock
  readonly chance: Chance
  readonly faults: Faults
}
