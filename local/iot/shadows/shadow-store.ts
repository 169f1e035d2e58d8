/**
 * Shadows in SQLite. A deleted one leaves its version: the next to be made goes on from there.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { openDataFile } from '../data-file.ts'
import type { Shadow } from './document.ts'

/** A thing's shadow: the classic one has the empty name. */
export interface ShadowId {
  readonly thingName: string
  readonly shadowName: string
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS shadows (
    thingName TEXT NOT NULL,
    shadowName TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT,
    PRIMARY KEY (thingName, shadowName)
  ) WITHOUT ROWID, STRICT;
`

export class ShadowStore {
  readonly #database: DatabaseSync
  readonly #get: StatementSync
  readonly #put: StatementSync
  readonly #list: StatementSync

  /** Opens or makes the file, which may hold other tables. Throws DataFileError. */
  constructor(file: string) {
    this.#database = openDataFile(file, schema)
    this.#get = this.#database.prepare('SELECT * FROM shadows WHERE thingName = ? AND shadowName = ?')
    this.#put = this.#database.prepare('INSERT OR REPLACE INTO shadows VALUES (?, ?, ?, ?)')
    this.#list = this.#database.prepare(
      `SELECT shadowName FROM shadows
       WHERE thingName = ? AND shadowName > ? AND document IS NOT NULL ORDER BY shadowName LIMIT ?`,
    )
  }

  /** The shadow, and the last version under its name; 0 when there never was one. */
  get({ thingName, shadowName }: ShadowId): { shadow: Shadow | undefined; version: number } {
    const row = this.#get.get(thingName, shadowName)
    if (!row) return { shadow: undefined, version: 0 }
    const version = row['version'] as number
    const document = row['document'] as string | null
    if (document === null) return { shadow: undefined, version }
    return { shadow: { ...(JSON.parse(document) as Omit<Shadow, 'version'>), version }, version }
  }

  put({ thingName, shadowName }: ShadowId, { state, metadata, version }: Shadow): void {
    this.#put.run(thingName, shadowName, version, JSON.stringify({ state, metadata }))
  }

  delete({ thingName, shadowName }: ShadowId, version: number): void {
    this.#put.run(thingName, shadowName, version, null)
  }

  /** Up to `limit` names of a thing's named shadows after this one, in their order. */
  names(thingName: string, after: string, limit: number): string[] {
    return this.#list.all(thingName, after, limit).map((row) => row['shadowName'] as string)
  }

  close(): void {
    this.#database.close()
  }
}
