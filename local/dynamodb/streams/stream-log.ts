/**
 * The streams of all tables: records that are written in the transaction that they tell of, read by shard, and
 * trimmed when every reader has passed them.
 *
 * @module
 */
import type { Chance } from '../../chance.ts'
import type { Clock } from '../../clock.ts'
import type { Faults } from '../../faults.ts'
import { streamRetentionMs } from '../limits.ts'
import type { Database } from '../storage/database.ts'
import { recordJson, recordLine, type StreamedWrite, type StreamOrigin, StreamRecord } from './record.ts'
import { readSequenceNumber, Sequence, writeSequenceNumber } from './sequence.ts'

/** Checkpoints of a shard between two trimmings. */
const trimEvery = 16

/** After a quiet time of this length, records that scattering holds back become readable. */
const scatterQuietMs = 20

/** A stream as its records are written. */
export interface StreamTarget extends StreamOrigin {
  readonly tableId: number
}

export class StreamLog {
  readonly #database: Database
  readonly #clock: Clock
  readonly #chance: Chance
  readonly #faults: Faults
  readonly #sequence: Sequence
  readonly #listeners = new Map<number, Set<() => void>>()
  readonly #touched = new Set<number>()
  readonly #saves = new Map<string, number>()
  #notifying = false
  #cancelQuiet: (() => void) | undefined
  #closed = false

  constructor(database: Database, clock: Clock, chance: Chance, faults: Faults) {
    this.#database = database
    this.#clock = clock
    this.#chance = chance
    this.#faults = faults
    this.#sequence = new Sequence(highestSequence(database))
    this.#trimOld()
  }

  /** Writes the records of one shard. Call inside the transaction that they tell of, then `committed`. */
  append(target: StreamTarget, shard: number, writes: readonly StreamedWrite[]): void {
    const atMs = this.#clock.now()
    const line = (write: StreamedWrite, sequence: number): string => {
      // The same number of hexadecimal digits as AWS's; the table's and the record's numbers make it unique.
      const eventId = target.tableId.toString(16).padStart(16, '0') + sequence.toString(16).padStart(16, '0')
      return recordLine(write, recordJson(target, eventId, writeSequenceNumber(sequence), atMs, write))
    }
    if (this.#faults.streams.scatter) {
      for (const write of writes) {
        const sequence = this.#sequence.scatter(`${target.tableId} ${write.keys}`, this.#chance)
        this.#insert(sequence, target.tableId, shard, atMs, line(write, sequence))
      }
    } else {
      const first = this.#sequence.take(writes.length)
      const lines = writes.map((write, index) => line(write, first + index))
      this.#insert(first + writes.length - 1, target.tableId, shard, atMs, lines.join('\n'))
    }
    this.#touched.add(target.tableId)
  }

  #insert(lastSequence: number, tableId: number, shard: number, atMs: number, body: string): void {
    this.#database
      .statement('INSERT INTO stream_batch (seq, tbl, shard, at, body) VALUES (?, ?, ?, ?, ?)')
      .run(lastSequence, tableId, shard, atMs, body)
  }

  /** Call after the commit: what was appended becomes readable, and listeners hear of it. */
  committed(): void {
    if (this.#touched.size === 0) return
    this.#sequence.advance(this.#faults.streams.scatter)
    this.#cancelQuiet?.()
    this.#cancelQuiet = undefined
    if (this.#sequence.waiting) {
      this.#cancelQuiet = this.#clock.after(scatterQuietMs, () => {
        this.#cancelQuiet = undefined
        this.#sequence.advance(false)
        for (const tableId of this.#listeners.keys()) this.#touched.add(tableId)
        this.#notify()
      })
    }
    this.#notify()
  }

  /** Listeners are called when the request is done, once for all that was written meanwhile. */
  #notify(): void {
    if (this.#notifying) return
    this.#notifying = true
    queueMicrotask(() => {
      this.#notifying = false
      const touched = [...this.#touched]
      this.#touched.clear()
      if (this.#closed) return
      for (const tableId of touched) for (const listener of this.#listeners.get(tableId) ?? []) listener()
    })
  }

  listen(tableId: number, listener: () => void): () => void {
    const listeners = this.#listeners.get(tableId) ?? new Set()
    this.#listeners.set(tableId, listeners)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  read(tableId: number, shard: number, after: string | undefined, limit: number): StreamRecord[] {
    const from = after === undefined ? 0 : readSequenceNumber(after)
    const records: StreamRecord[] = []
    const rows = this.#database
      .statement(
        'SELECT seq, at, body FROM stream_batch WHERE tbl = ? AND shard = ? AND seq > ? AND seq <= ? ORDER BY seq',
      )
      .iterate(tableId, shard, from, this.#sequence.horizon) as Iterable<unknown> as Iterable<{
      seq: number
      at: number
      body: string
    }>
    for (const { seq, at, body } of rows) {
      const lines = body.split('\n')
      const first = seq - lines.length + 1
      for (let index = Math.max(0, from - first + 1); index < lines.length; index += 1) {
        if (records.length >= limit) return records
        records.push(new StreamRecord(writeSequenceNumber(first + index), at, lines[index] as string))
      }
      if (records.length >= limit) return records
    }
    return records
  }

  /** Where the newest readable record of any stream is: a reader that starts there hears only what comes. */
  latest(): string {
    return writeSequenceNumber(this.#sequence.horizon)
  }

  /** The position of a reader. The first call registers it: from then on nothing is trimmed that it has not passed. */
  position(tableId: number, shard: number, reader: string): string | undefined {
    const row = this.#database.get(
      'SELECT seq FROM stream_position WHERE tbl = ? AND shard = ? AND reader = ?',
      tableId,
      shard,
      reader,
    )
    if (!row) {
      this.#database.run(
        'INSERT INTO stream_position (tbl, shard, reader, seq) VALUES (?, ?, ?, 0)',
        tableId,
        shard,
        reader,
      )
      return undefined
    }
    const sequence = Number(row['seq'])
    return sequence === 0 ? undefined : writeSequenceNumber(sequence)
  }

  savePosition(tableId: number, shard: number, reader: string, sequenceNumber: string): void {
    const key = `${tableId} ${shard}`
    const saves = (this.#saves.get(key) ?? 0) + 1
    this.#saves.set(key, saves % trimEvery)
    this.#database.transaction(() => {
      this.#database.run(
        'INSERT OR REPLACE INTO stream_position (tbl, shard, reader, seq) VALUES (?, ?, ?, ?)',
        tableId,
        shard,
        reader,
        readSequenceNumber(sequenceNumber),
      )
      if (saves >= trimEvery) this.#trimPassed(tableId, shard)
    })
  }

  #trimPassed(tableId: number, shard: number): void {
    this.#database.run(
      `DELETE FROM stream_batch WHERE tbl = ?1 AND shard = ?2
         AND seq <= (SELECT min(seq) FROM stream_position WHERE tbl = ?1 AND shard = ?2)`,
      tableId,
      shard,
    )
    this.#trimOld()
  }

  /** After its retention a record goes, read or not. Sequence numbers go on from there, also in an emptied log. */
  #trimOld(): void {
    const oldest = this.#clock.now() - streamRetentionMs
    const row = this.#database.get('SELECT at FROM stream_batch ORDER BY seq LIMIT 1')
    if (!row || Number(row['at']) >= oldest) return
    this.#database.transaction(() => {
      this.#database.run(
        'INSERT OR REPLACE INTO stream_floor (one, seq) SELECT 1, max(seq) FROM stream_batch',
      )
      this.#database.run('DELETE FROM stream_batch WHERE at < ?', oldest)
    })
  }

  deleteTable(tableId: number): void {
    this.#database.run('DELETE FROM stream_batch WHERE tbl = ?', tableId)
    this.#database.run('DELETE FROM stream_position WHERE tbl = ?', tableId)
    this.#listeners.delete(tableId)
  }

  close(): void {
    this.#closed = true
    this.#cancelQuiet?.()
  }
}

function highestSequence(database: Database): number {
  const row = database.get(
    `SELECT max(coalesce((SELECT max(seq) FROM stream_batch), 0), coalesce((SELECT max(seq) FROM stream_position), 0),
                coalesce((SELECT seq FROM stream_floor), 0)) AS seq`,
  )
  return Number(row?.['seq'] ?? 0)
}
