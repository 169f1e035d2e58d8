import { hash } from 'node:crypto'

import { requestTokenMs } from '../limits.ts'
import type { Database } from './database.ts'

/** Tokens looked at when old ones are cleared away, and how many transactions lie between two clearings. */
const clearedAtOnce = 200
const clearEvery = 100

/** The ClientRequestTokens of transactions that were committed, for ten minutes. */
export class RequestTokens {
  readonly #database: Database
  #sinceCleared = 0

  constructor(database: Database) {
    this.#database = database
  }

  /** What stands for a request's content. */
  fingerprint(content: string): string {
    return hash('sha1', content, 'base64')
  }

  /** The fingerprint of the transaction that was committed under this token, if it was within ten minutes. */
  find(token: string, nowMs: number): string | undefined {
    const row = this.#database.get('SELECT hash, at FROM request_token WHERE token = ?', token)
    return row && Number(row['at']) > nowMs - requestTokenMs ? String(row['hash']) : undefined
  }

  /** Call inside the transaction that the token stands for. */
  add(token: string, fingerprint: string, nowMs: number): void {
    this.#database.run(
      'INSERT OR REPLACE INTO request_token (token, hash, at) VALUES (?, ?, ?)',
      token,
      fingerprint,
      nowMs,
    )
    this.#sinceCleared += 1
    if (this.#sinceCleared < clearEvery) return
    this.#sinceCleared = 0
    this.#database.run(
      `DELETE FROM request_token WHERE id IN
         (SELECT id FROM (SELECT id, at FROM request_token ORDER BY id LIMIT ${clearedAtOnce}) WHERE at <= ?)`,
      nowMs - requestTokenMs,
    )
  }
}
