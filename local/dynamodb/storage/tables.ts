/**
 * The tables there are. Kept in the database; looked up in memory.
 *
 * @module
 */
import { localAccount } from '../../aws.ts'
import { DynamoDbError } from '../errors.ts'
import { checkTableName, keysOf, type Table, type TableDefinition, viewTypeOf } from '../table.ts'
import type { Database } from './database.ts'

export class Tables {
  readonly #database: Database
  readonly #byName = new Map<string, Table>()

  constructor(database: Database) {
    this.#database = database
    const rows = database.statement('SELECT id, definition FROM dynamodb_table').all()
    for (const row of rows) {
      const table = { ...(JSON.parse(String(row['definition'])) as Table), id: Number(row['id']) }
      this.#byName.set(table.name, table)
    }
  }

  find(name: string): Table | undefined {
    return this.#byName.get(name)
  }

  findById(id: number): Table | undefined {
    return [...this.#byName.values()].find((table) => table.id === id)
  }

  /** The table that a request names, by name or ARN. Throws ResourceNotFoundException. */
  get(name: unknown): Table {
    const known =
      typeof name === 'string' ? this.#byName.get(name.slice(name.lastIndexOf('/') + 1)) : undefined
    if (known) return known
    checkTableName(name)
    throw new DynamoDbError('ResourceNotFoundException', 'Requested resource not found')
  }

  names(): string[] {
    return [...this.#byName.keys()].sort()
  }

  all(): Table[] {
    return [...this.#byName.values()]
  }

  /** Makes a table. Throws ValidationException, or ResourceInUseException when the name is taken. */
  create(definition: TableDefinition, nowMs: number, shards: number): Table {
    checkTableName(definition.TableName)
    const keys = keysOf(definition)
    const viewType = viewTypeOf(definition)
    const name = definition.TableName
    if (this.#byName.has(name)) {
      throw new DynamoDbError('ResourceInUseException', `Table already exists: ${name}`)
    }
    const arn = `arn:aws:dynamodb:${localAccount.region}:${localAccount.accountId}:table/${name}`
    const label = new Date(nowMs).toISOString().slice(0, -1)
    const row = this.#database.get(
      'INSERT INTO dynamodb_table (name, definition) VALUES (?, ?) RETURNING id',
      name,
      '{}',
    )
    const table: Table = {
      id: Number(row?.['id']),
      name,
      arn,
      createdAtMs: nowMs,
      ...keys,
      ...(viewType && { stream: { arn: `${arn}/stream/${label}`, label, viewType, shards } }),
    }
    return this.save(table)
  }

  /** Writes a changed table. */
  save(table: Table): Table {
    this.#database.run(
      'UPDATE dynamodb_table SET definition = ? WHERE id = ?',
      JSON.stringify(table),
      table.id,
    )
    this.#byName.set(table.name, table)
    return table
  }

  delete(table: Table): void {
    this.#database.run('DELETE FROM dynamodb_table WHERE id = ?', table.id)
    this.#byName.delete(table.name)
  }
}
