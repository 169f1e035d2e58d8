import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'

/** A message as it lies on disk. */
export interface StoredMessage {
  readonly id: number
  readonly queue: string
  readonly messageId: string
  readonly body: string
  /** JSON of {@link MessageDetails}; null when there are none. */
  readonly details: string | null
  /** Ms since 1970. */
  readonly sentAt: number
  /** Ms since 1970 before which nobody receives it (DelaySeconds). */
  readonly availableAt: number
  readonly bytes: number
}

/** What a queue must know of each message without reading its body. */
export interface MessageSummary {
  readonly id: number
  readonly sentAt: number
  readonly availableAt: number
  readonly receives: number
  readonly firstReceivedAt: number
  readonly bytes: number
}

/** Told how the transaction ended that holds what it wrote. */
export interface StoreParticipant {
  /** Take note only: others have not been told yet. */
  committed(): void
  /** Everybody has been told; now whoever waits for messages may act. */
  announce(): void
  failed(): void
}

/**
 * Messages on disk: node:sqlite with a write-ahead log.
 *
 * All writes of one turn of the event loop share a transaction, and whoever answers a request waits for
 * {@link MessageStore.committed}. `synchronous=NORMAL` writes the log at each commit and syncs it at checkpoints: a
 * commit survives SIGKILL of this process, not a power cut, which is what a local stack must bear. The file is locked
 * for this process, so a second stack on the same folder fails at once.
 */
export class MessageStore {
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  readonly #read: StatementSync
  readonly #received: StatementSync
  readonly #move: StatementSync
  readonly #delete: StatementSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #participants = new Set<StoreParticipant>()
  #turn: { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } | undefined
  #scheduled: NodeJS.Immediate | undefined
  #nextId: number

  /** @param dataFile path of the database, made when missing, or `:memory:` */
  constructor(dataFile: string, now: number) {
    this.#database = open(dataFile)
    this.#insert = this.#database.prepare(
      'INSERT INTO messages (id, queue, message_id, body, details, sent_at, available_at, bytes, receives, first_received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)',
    )
    this.#read = this.#database.prepare('SELECT message_id, body, details FROM messages WHERE id = ?')
    this.#received = this.#database.prepare(
      'UPDATE messages SET receives = ?, first_received_at = ? WHERE id = ?',
    )
    this.#move = this.#database.prepare(
      'UPDATE messages SET queue = ?, details = ?, available_at = 0, receives = ? WHERE id = ?',
    )
    this.#delete = this.#database.prepare('DELETE FROM messages WHERE id = ?')
    this.#begin = this.#database.prepare('BEGIN')
    this.#commit = this.#database.prepare('COMMIT')
    const last = this.#database.prepare('SELECT max(id) AS id FROM messages').get()?.['id']
    // From the time, so that a receipt handle of an earlier run never names a message of this one.
    this.#nextId = Math.max(typeof last === 'number' ? last + 1 : 0, now * 1000)
  }

  /** What a queue holds, oldest first. */
  summaries(queue: string): MessageSummary[] {
    const rows = this.#database
      .prepare(
        'SELECT id, sent_at, available_at, receives, first_received_at, bytes FROM messages WHERE queue = ? ORDER BY id',
      )
      .all(queue)
    return rows.map((row) => ({
      id: Number(row['id']),
      sentAt: Number(row['sent_at']),
      availableAt: Number(row['available_at']),
      receives: Number(row['receives']),
      firstReceivedAt: Number(row['first_received_at']),
      bytes: Number(row['bytes']),
    }))
  }

  /** Writes a message in this turn's transaction; the answer is its ID in this file. */
  insert(message: Omit<StoredMessage, 'id'>, participant: StoreParticipant): number {
    const id = this.#nextId
    this.#nextId += 1
    this.#enter(participant)
    this.#insert.run(
      id,
      message.queue,
      message.messageId,
      message.body,
      message.details,
      message.sentAt,
      message.availableAt,
      message.bytes,
    )
    return id
  }

  read(id: number): { messageId: string; body: string; details: string | null } {
    const row = this.#read.get(id)
    if (!row)
      throw new Error(`message ${id} is not in the message store: its file was changed by another process`)
    const details = row['details']
    return {
      messageId: String(row['message_id']),
      body: String(row['body']),
      details: typeof details === 'string' ? details : null,
    }
  }

  /** Notes a receive, so that a poison message's count survives a restart. */
  received(id: number, receives: number, firstReceivedAt: number): void {
    this.#enter()
    this.#received.run(receives, firstReceivedAt, id)
  }

  move(id: number, queue: string, details: string | null, receives: number): void {
    this.#enter()
    this.#move.run(queue, details, receives, id)
  }

  delete(id: number): void {
    this.#enter()
    this.#delete.run(id)
  }

  /** Resolves when everything written so far is committed; rejects when the disk refused it. */
  committed(): Promise<void> {
    return this.#turn?.promise ?? Promise.resolve()
  }

  close(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#endTurn()
    this.#database.close()
  }

  #enter(participant?: StoreParticipant): void {
    if (!this.#turn) {
      this.#begin.run()
      this.#turn = Promise.withResolvers<void>()
      // Nobody may be waiting (a receive writes and does not wait); the failure is told to participants too.
      this.#turn.promise.catch(() => undefined)
      this.#scheduled = setImmediate(() => this.#endTurn())
    }
    if (participant) this.#participants.add(participant)
  }

  #endTurn(): void {
    const turn = this.#turn
    if (!turn) return
    this.#turn = undefined
    const participants = [...this.#participants]
    this.#participants.clear()
    try {
      this.#commit.run()
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      for (const participant of participants) participant.failed()
      turn.reject(error)
      return
    }
    turn.resolve()
    for (const participant of participants) participant.committed()
    for (const participant of participants) participant.announce()
  }
}

function open(dataFile: string): DatabaseSync {
  const database = new DatabaseSync(dataFile)
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = 4000;
      PRAGMA journal_size_limit = 33554432;
      CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY, queue TEXT NOT NULL, message_id TEXT NOT NULL, body TEXT NOT NULL, details TEXT,
        sent_at INTEGER NOT NULL, available_at INTEGER NOT NULL, bytes INTEGER NOT NULL, receives INTEGER NOT NULL,
        first_received_at INTEGER NOT NULL
      ) STRICT;
    `)
  } catch (error) {
    database.close()
    throw new Error(
      `cannot open the message store ${dataFile}: ${error instanceof Error ? error.message : String(error)}. Stop the other stack that uses this folder, or choose another.`,
      { cause: error },
    )
  }
  return database
}
