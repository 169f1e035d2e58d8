/**
 * The one SQLite file behind the tables. Write-ahead log with `synchronous=NORMAL`: a commit is in the operating
 * system's hands when it returns, so a killed process loses nothing; only a machine that loses power may lose the
 * last moments.
 *
 * @module
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** Changed with the tables below. A file of another version is refused. */
const formatVersion = 1

// Items are appended (rowids) and found by a small index: random keys then touch few pages, and a commit of 90 items
// costs a third of what it does when the items themselves are the index.
const schema = `
  CREATE TABLE IF NOT EXISTS dynamodb_table (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, definition TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS item (
    id INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL,
    bytes INTEGER NOT NULL, expires INTEGER, body TEXT NOT NULL);
  CREATE UNIQUE INDEX IF NOT EXISTS item_key ON item (tbl, pk, sk);
  CREATE INDEX IF NOT EXISTS item_expiry ON item (expires) WHERE expires IS NOT NULL;
  CREATE TABLE IF NOT EXISTS stream_batch (
    seq INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, shard INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS stream_batch_shard ON stream_batch (tbl, shard, seq);
  CREATE TABLE IF NOT EXISTS stream_position (
    tbl INTEGER NOT NULL, shard INTEGER NOT NULL, reader TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (tbl, shard, reader)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS stream_floor (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS request_token (
    id INTEGER PRIMARY KEY, token TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, at INTEGER NOT NULL);
`

/** The file cannot be used. `message` says why and what to do. */
export class DatabaseFileError extends Error {
  override readonly name = 'DatabaseFileError'
  readonly code = 'DATABASE_FILE'
}

export class Database {
  readonly #sqlite: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #inTransaction = false

  /** `file` is a path, or `:memory:`. Throws DatabaseFileError when it cannot be opened or is of another version. */
  constructor(file: string) {
    try {
      this.#sqlite = new DatabaseSync(file)
      // The file is this process's alone: no lock is taken and given back at each statement, and a second stack on
      // the same folder fails at once.
      this.#sqlite.exec(
        'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;',
      )
    } catch (cause) {
      throw new DatabaseFileError(
        `cannot open the tables' file ${file}: ${String(cause)}. Make its folder, or free its lock.`,
        { cause },
      )
    }
    const version = this.get('PRAGMA user_version')?.['user_version']
    if (version !== 0 && version !== formatVersion) {
      this.#sqlite.close()
      throw new DatabaseFileError(
        `${file} has format ${String(version)}, this DynamoDB writes ${formatVersion}. Start with an empty file.`,
      )
    }
    // A cache of 32 MB; the log is copied into the file at 8 MB: seldom, and in some 10 ms.
    this.#sqlite.exec(
      `PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 2000; PRAGMA user_version = ${formatVersion}; ${schema}`,
    )
  }

  /** The prepared statement for this SQL, prepared once. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#sqlite.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  run(sql: string, ...values: (string | number | Uint8Array | null)[]): void {
    this.statement(sql).run(...values)
  }

  get(sql: string, ...values: (string | number | Uint8Array | null)[]): Record<string, unknown> | undefined {
    return this.statement(sql).get(...values)
  }

  /** Runs `work` as one transaction (or inside the one that is open): all of it is kept, or nothing when it throws. */
  transaction<Result>(work: () => Result): Result {
    if (this.#inTransaction) return work()
    this.statement('BEGIN IMMEDIATE').run()
    this.#inTransaction = true
    try {
      const result = work()
      this.statement('COMMIT').run()
      return result
    } catch (cause) {
      this.statement('ROLLBACK').run()
      throw cause
    } finally {
      this.#inTransaction = false
    }
  }

  close(): void {
    this.#sqlite.close()
  }
}
