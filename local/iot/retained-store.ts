/**
 * Retained messages in SQLite: what was answered is on disk when the process is killed. (Write-ahead log with
 * synchronous=NORMAL: a power cut may take the last moments, a SIGKILL nothing.)
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { openDataFile } from './data-file.ts'
import type { Message, MessageProperties } from './message.ts'
import { messageUnits } from './message.ts'

export interface RetainedMessage {
  readonly message: Message
  /** Ms since 1970. */
  readonly lastModifiedAt: number
}

export interface RetainedSummary {
  readonly topic: string
  readonly payloadBytes: number
  readonly qos: number
  readonly lastModifiedAt: number
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS retained (
    topic TEXT PRIMARY KEY,
    payload BLOB NOT NULL,
    qos INTEGER NOT NULL,
    properties TEXT NOT NULL,
    expiresAt INTEGER,
    lastModifiedAt INTEGER NOT NULL
  ) WITHOUT ROWID, STRICT;
  -- Looked at once a second: most messages never expire.
  CREATE INDEX IF NOT EXISTS retainedExpiry ON retained (expiresAt) WHERE expiresAt IS NOT NULL;
`

export class RetainedStore {
  readonly #database: DatabaseSync
  readonly #get: StatementSync
  readonly #put: StatementSync
  readonly #delete: StatementSync
  readonly #list: StatementSync
  readonly #expire: StatementSync
  #size: number

  /** Opens or makes the file. Throws DataFileError. */
  constructor(file: string) {
    this.#database = openDataFile(file, schema)
    const live = '(expiresAt IS NULL OR expiresAt > $now)'
    this.#get = this.#database.prepare(`SELECT * FROM retained WHERE topic = $topic AND ${live}`)
    this.#put = this.#database.prepare('INSERT OR REPLACE INTO retained VALUES (?, ?, ?, ?, ?, ?)')
    this.#delete = this.#database.prepare('DELETE FROM retained WHERE topic = ?')
    this.#list = this.#database.prepare(
      `SELECT topic, length(payload) AS payloadBytes, qos, lastModifiedAt FROM retained
       WHERE topic > $after AND ${live} ORDER BY topic LIMIT $limit`,
    )
    this.#expire = this.#database.prepare('DELETE FROM retained WHERE expiresAt <= ?')
    this.#size = this.#count()
  }

  /** Messages stored. */
  get size(): number {
    return this.#size
  }

  /** The topic's retained message, unless it has expired. */
  get(topic: string, now: number): RetainedMessage | undefined {
    const row = this.#get.get({ topic, now })
    if (!row) return undefined
    const payload = Buffer.from(row['payload'] as Uint8Array)
    const properties = readProperties(row['properties'] as string)
    return {
      message: {
        topic,
        payload,
        qos: row['qos'] === 1 ? 1 : 0,
        retain: true,
        properties,
        expiresAt: (row['expiresAt'] as number | null) ?? undefined,
        units: messageUnits(topic, payload, properties),
      },
      lastModifiedAt: row['lastModifiedAt'] as number,
    }
  }

  /** Whether storing a message for this topic would add one. */
  isNew(topic: string, now: number): boolean {
    return this.#get.get({ topic, now }) === undefined
  }

  /** Stores it in the place of the topic's last; one without payload deletes. docs/aws-iot-core.md §2.4. */
  put(message: Message, now: number): void {
    const { topic, payload, qos, properties, expiresAt } = message
    if (payload.length === 0) this.#size -= Number(this.#delete.run(topic).changes)
    else {
      const isNew = this.#get.get({ topic, now: 0 }) === undefined
      this.#put.run(topic, payload, qos, writeProperties(properties), expiresAt ?? null, now)
      if (isNew) this.#size += 1
    }
  }

  /** Up to `limit` messages after this topic, in the order of topics. */
  list(after: string, limit: number, now: number): RetainedSummary[] {
    return this.#list.all({ after, limit, now }) as unknown as RetainedSummary[]
  }

  /** Deletes what has expired. */
  expire(now: number): void {
    this.#size -= Number(this.#expire.run(now).changes)
  }

  close(): void {
    this.#database.close()
  }

  #count(): number {
    return this.#database.prepare('SELECT count(*) AS size FROM retained').get()?.['size'] as number
  }
}

function writeProperties({ correlationData, ...rest }: MessageProperties): string {
  return JSON.stringify(
    correlationData ? { ...rest, correlationData: correlationData.toString('base64') } : rest,
  )
}

function readProperties(json: string): MessageProperties {
  const { correlationData, ...rest } = JSON.parse(json) as MessageProperties & { correlationData?: string }
  return correlationData === undefined
    ? rest
    : { ...rest, correlationData: Buffer.from(correlationData, 'base64') }
}
