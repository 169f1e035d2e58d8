import { randomBytes } from 'node:crypto'

/** Secrets that stand for something once, and not for long: tickets, codes, refresh tokens. Kept in memory only. */
export class OneUse<Value> {
  readonly #kept = new Map<string, { readonly value: Value; readonly until: number }>()
  readonly #keptMs: number
  readonly #now: () => number

  /** `now` in ms since 1970, as what `keptMs` is counted from. */
  constructor(keptMs: number, now: () => number) {
    this.#keptMs = keptMs
    this.#now = now
  }

  /** A new secret for the value: 256 random bits, base64url. */
  put(value: Value): string {
    // The oldest goes: a loop on this machine must not fill its memory.
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < oneUseMax) break
      this.#kept.delete(oldest)
    }
    const secret = randomBytes(32).toString('base64url')
    this.#kept.set(secret, { value, until: this.#now() + this.#keptMs })
    return secret
  }

  /** What the secret stands for, and never again; undefined when it is none, was used, or is too old. */
  take(secret: string): Value | undefined {
    const found = this.#kept.get(secret)
    this.#kept.delete(secret)
    return found && this.#now() <= found.until ? found.value : undefined
  }
}

/** Secrets of a kind at most. */
const oneUseMax = 1000
