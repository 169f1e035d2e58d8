/** CreateTable, DescribeTable, ListTables, DeleteTable, UpdateTimeToLive, DescribeTimeToLive. Changes take effect at once. */
import type { Engine } from '../engine.ts'
import { invalid } from '../errors.ts'
import { expiryOf } from '../expiry.ts'
import { describeTable, type Table } from '../table.ts'
import type { Item } from '../values/attribute-value.ts'
import type {
  CreateTableRequest,
  ListTablesRequest,
  TableRequest,
  UpdateTimeToLiveRequest,
} from './requests.ts'

const listedMax = 100

export function createTable(engine: Engine, request: CreateTableRequest): string {
  const table = engine.tables.create(request, engine.clock.now(), shardsOf(engine))
  return JSON.stringify({ TableDescription: describeTable(table, 0) })
}

/** Shards for a new stream. */
export function shardsOf(engine: Engine): number {
  return Math.max(1, Math.floor(engine.faults.streams.shards))
}

export function describeOneTable(engine: Engine, request: TableRequest): string {
  const table = engine.tables.get(request.TableName)
  return JSON.stringify({ Table: describeTable(table, engine.items.count(table.id)) })
}

export function listTables(engine: Engine, request: ListTablesRequest): string {
  const { ExclusiveStartTableName: after = '', Limit = listedMax } = request
  const names = engine.tables.names().filter((name) => name > after)
  const page = names.slice(0, Limit)
  const last = page.at(-1)
  return JSON.stringify({
    TableNames: page,
    ...(page.length < names.length && last !== undefined && { LastEvaluatedTableName: last }),
  })
}

export function deleteTable(engine: Engine, request: TableRequest): string {
  const table = engine.tables.get(request.TableName)
  const items = engine.items.count(table.id)
  engine.database.transaction(() => {
    engine.items.deleteTable(table.id)
    engine.streams.deleteTable(table.id)
    engine.tables.delete(table)
  })
  return JSON.stringify({ TableDescription: describeTable(table, items, 'DELETING') })
}

export function updateTimeToLive(engine: Engine, request: UpdateTimeToLiveRequest): string {
  const table = engine.tables.get(request.TableName)
  const { AttributeName, Enabled } = request.TimeToLiveSpecification ?? {}
  if (AttributeName === undefined || Enabled === undefined) {
    throw invalid(
      "1 validation error detected: Value null at 'timeToLiveSpecification' failed to satisfy constraint: Member must not be null",
    )
  }
  if (Enabled === (table.expiryAttribute !== undefined)) {
    throw invalid(`TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`)
  }
  setTimeToLive(engine, table, Enabled ? AttributeName : undefined)
  return JSON.stringify({ TimeToLiveSpecification: { AttributeName, Enabled } })
}

/** Switches time to live on or off (undefined), for the items that are there too. */
export function setTimeToLive(engine: Engine, table: Table, attribute: string | undefined): Table {
  return engine.database.transaction(() => {
    const { expiryAttribute: _, ...rest } = table
    engine.items.setExpiries(table.id, (body) => expiryOf(JSON.parse(body) as Item, attribute))
    return engine.tables.save(attribute === undefined ? rest : { ...rest, expiryAttribute: attribute })
  })
}

export function describeTimeToLive(engine: Engine, request: TableRequest): string {
  const { expiryAttribute } = engine.tables.get(request.TableName)
  return JSON.stringify({
    TimeToLiveDescription:
      expiryAttribute === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: expiryAttribute },
  })
}
