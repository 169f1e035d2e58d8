/**
 * Items as they are stored: JSON text under an encoded key, with the bytes DynamoDB counts for it.
 *
 * @module
 */
import type { EncodedKey } from '../values/key-encoding.ts'
import type { Database } from './database.ts'

/** Where an item is. */
export interface ItemPlace {
  readonly tableId: number
  readonly pk: EncodedKey
  readonly sk: EncodedKey
}

export interface StoredItem {
  /** The item's JSON. */
  readonly body: string
  readonly bytes: number
}

/** An end of a range of sort keys. */
export interface Bound {
  readonly key: EncodedKey
  readonly inclusive: boolean
}

export class ItemStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  get({ tableId, pk, sk }: ItemPlace): StoredItem | undefined {
    return this.#database
      .statement('SELECT body, bytes FROM item WHERE tbl = ? AND pk = ? AND sk = ?')
      .get(tableId, pk, sk) as StoredItem | undefined
  }

  /** `expires` in seconds since 1970, null when the item does not expire. */
  put({ tableId, pk, sk }: ItemPlace, item: StoredItem, expires: number | null): void {
    this.#database
      .statement(
        `INSERT INTO item (tbl, pk, sk, bytes, expires, body) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (tbl, pk, sk) DO UPDATE SET bytes = excluded.bytes, expires = excluded.expires, body = excluded.body`,
      )
      .run(tableId, pk, sk, item.bytes, expires, item.body)
  }

  delete({ tableId, pk, sk }: ItemPlace): void {
    this.#database.run('DELETE FROM item WHERE tbl = ? AND pk = ? AND sk = ?', tableId, pk, sk)
  }

  /** The items of one partition between two bounds, in order of their sort keys. Read lazily. */
  partition(
    tableId: number,
    pk: EncodedKey,
    low: Bound | undefined,
    high: Bound | undefined,
    forward: boolean,
  ): Iterable<StoredItem> {
    const values: (string | number | Uint8Array)[] = [tableId, pk]
    let sql = 'SELECT body, bytes FROM item WHERE tbl = ? AND pk = ?'
    if (low) {
      sql += low.inclusive ? ' AND sk >= ?' : ' AND sk > ?'
      values.push(low.key)
    }
    if (high) {
      sql += high.inclusive ? ' AND sk <= ?' : ' AND sk < ?'
      values.push(high.key)
    }
    sql += forward ? ' ORDER BY sk' : ' ORDER BY sk DESC'
    return this.#database.statement(sql).iterate(...values) as Iterable<unknown> as Iterable<StoredItem>
  }

  /** All items of a table after a place, in the order of their keys. Read lazily. */
  all(
    tableId: number,
    after?: { readonly pk: EncodedKey; readonly sk: EncodedKey },
  ): Iterable<StoredItem & { readonly pk: EncodedKey }> {
    const rows = after
      ? this.#database
          .statement('SELECT pk, body, bytes FROM item WHERE tbl = ? AND (pk, sk) > (?, ?) ORDER BY pk, sk')
          .iterate(tableId, after.pk, after.sk)
      : this.#database
          .statement('SELECT pk, body, bytes FROM item WHERE tbl = ? ORDER BY pk, sk')
          .iterate(tableId)
    return rows as Iterable<unknown> as Iterable<StoredItem & { readonly pk: EncodedKey }>
  }

  /** Items whose time has come, the oldest first, at most `limit`. Times in seconds since 1970. */
  expired(since: number, until: number, limit: number): (StoredItem & { readonly tbl: number })[] {
    return this.#database
      .statement(
        'SELECT tbl, body, bytes FROM item WHERE expires IS NOT NULL AND expires > ? AND expires <= ? ORDER BY expires LIMIT ?',
      )
      .all(since, until, limit) as unknown as (StoredItem & { readonly tbl: number })[]
  }

  /** Sets every item's expiry anew, when a table's time-to-live attribute changes. */
  setExpiries(tableId: number, expiryOf: (body: string) => number | null): void {
    const update = this.#database.statement('UPDATE item SET expires = ? WHERE id = ?')
    const rows = this.#database.statement(
      'SELECT id, body FROM item WHERE tbl = ? AND id > ? ORDER BY id LIMIT 500',
    )
    let after = 0
    for (;;) {
      const some = rows.all(tableId, after) as { id: number; body: string }[]
      for (const { id, body } of some) update.run(expiryOf(body), id)
      const last = some.at(-1)
      if (!last) return
      after = last.id
    }
  }

  count(tableId: number): number {
    return Number(this.#database.get('SELECT count(*) AS items FROM item WHERE tbl = ?', tableId)?.['items'])
  }

  deleteTable(tableId: number): void {
    this.#database.run('DELETE FROM item WHERE tbl = ?', tableId)
  }
}
