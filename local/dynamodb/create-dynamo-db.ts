import type { AwsService } from '../aws.ts'
import { type Chance, seededChance } from '../chance.ts'
import { type Clock, systemClock } from '../clock.ts'
import { type Faults, noFaults } from '../faults.ts'
import type { Engine } from './engine.ts'
import { startSweeping, sweepExpired } from './expiry.ts'
import { setTimeToLive, shardsOf } from './operations/tables.ts'
import { answerRequest } from './protocol.ts'
import { Database } from './storage/database.ts'
import { ItemStore } from './storage/items.ts'
import { RequestTokens } from './storage/request-tokens.ts'
import { Tables } from './storage/tables.ts'
import { StreamLog } from './streams/stream-log.ts'
import { type StreamReader, streamReader } from './streams/stream-reader.ts'
import { keysOf, type Table, type TableDefinition, viewTypeOf } from './table.ts'

export interface DynamoDbOptions {
  /** Path of the SQLite file, made when missing, or `:memory:`. Default: `:memory:`. */
  readonly file?: string
  /** Default: the system's clock. */
  readonly clock?: Clock
  /** Draws the faults. Default: a fixed seed. */
  readonly chance?: Chance
  /** Read at each use, so they may be changed meanwhile. Default: none. */
  readonly faults?: Faults
}

export interface CreatedTable {
  readonly tableName: string
  readonly tableArn: string
  /** Undefined without a stream. */
  readonly streamArn: string | undefined
}

export interface LocalDynamoDb {
  /** Answers the SDK's requests, at once. */
  readonly service: AwsService
  /**
   * Makes the table unless it is there: the items of an earlier run are kept. Its stream and its time to live follow
   * the definition. Throws TableChangedError when the keys of an existing table are others.
   */
  createTable(definition: TableDefinition): CreatedTable
  /** The stream of a table, by the table's name or the stream's ARN. Throws RangeError when there is none. */
  stream(tableOrArn: string): StreamReader
  /** Deletes now what has expired; answers how many items. It happens by itself within a minute. */
  sweepExpired(): number
  close(): void
}

/** A table's keys cannot be changed; `message` says what to do. */
export class TableChangedError extends Error {
  override readonly name = 'TableChangedError'
  readonly code = 'TABLE_CHANGED'
}

/** Starts a DynamoDB on a file. Throws DatabaseFileError when the file cannot be used. */
export function createDynamoDb(options: DynamoDbOptions = {}): LocalDynamoDb {
  const { file = ':memory:', clock = systemClock, chance = seededChance(1), faults = noFaults() } = options
  const database = new Database(file)
  const own = chance.fork('dynamodb')
  const engine: Engine = {
    database,
    tables: new Tables(database),
    items: new ItemStore(database),
    tokens: new RequestTokens(database),
    streams: new StreamLog(database, clock, own.fork('streams'), faults),
    clock,
    chance: own,
    faults,
  }
  let stopSweeping = startSweeping(engine)
  const sweepAnew = (): void => {
    stopSweeping()
    stopSweeping = startSweeping(engine)
  }
  return {
    service(request) {
      const response = answerRequest(engine, request)
      if (request.headers['x-amz-target']?.endsWith('.UpdateTimeToLive')) sweepAnew()
      return response
    },
    createTable(definition) {
      const table = ensureTable(engine, definition)
      sweepAnew()
      return { tableName: table.name, tableArn: table.arn, streamArn: table.stream?.arn }
    },
    stream(tableOrArn) {
      const table =
        engine.tables.find(tableOrArn) ?? engine.tables.all().find(({ stream }) => stream?.arn === tableOrArn)
      if (!table?.stream) {
        throw new RangeError(
          `table ${tableOrArn} ${table ? 'has no stream: give it a StreamSpecification' : 'does not exist'}`,
        )
      }
      return streamReader(engine.streams, table.id, table.stream.arn, table.stream.shards)
    },
    sweepExpired: () => sweepExpired(engine),
    close() {
      stopSweeping()
      engine.streams.close()
      database.close()
    },
  }
}

function ensureTable(engine: Engine, definition: TableDefinition): Table {
  const existing = engine.tables.find(definition.TableName)
  const table = existing
    ? withStreamOf(engine, existing, definition)
    : engine.tables.create(definition, engine.clock.now(), shardsOf(engine))
  const { AttributeName, Enabled = true } = definition.TimeToLiveSpecification ?? {}
  const attribute = Enabled ? AttributeName : undefined
  return attribute === table.expiryAttribute ? table : setTimeToLive(engine, table, attribute)
}

/** An existing table with the stream that the definition asks for now. */
function withStreamOf(engine: Engine, table: Table, definition: TableDefinition): Table {
  const wanted = keysOf(definition)
  const same =
    JSON.stringify([wanted.partitionKey, wanted.sortKey]) ===
    JSON.stringify([table.partitionKey, table.sortKey])
  if (!same) {
    throw new TableChangedError(
      `table ${table.name} has the keys ${JSON.stringify([table.partitionKey, table.sortKey])} and its definition ` +
        `now says ${JSON.stringify([wanted.partitionKey, wanted.sortKey])}. Keys cannot be changed: start with empty data, or use another name.`,
    )
  }
  const viewType = viewTypeOf(definition)
  if (viewType === table.stream?.viewType) return table
  const { stream: _, ...rest } = table
  if (!viewType) return engine.tables.save(rest)
  const label = new Date(engine.clock.now()).toISOString().slice(0, -1)
  const stream = { arn: `${table.arn}/stream/${label}`, label, viewType, shards: shardsOf(engine) }
  return engine.tables.save({ ...rest, stream })
}
