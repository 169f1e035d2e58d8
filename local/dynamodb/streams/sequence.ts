/**
 * Which sequence numbers a stream's records get, and how far readers may read.
 *
 * @module
 */
import type { Chance } from '../../chance.ts'

/** How far apart a scattered transaction's records may come, in numbers; a write moves the horizon by half of it. */
const scatterWidth = 64

/** Written with a leading 1 so that the length, and with it the order as text, stays the same. */
export function writeSequenceNumber(sequence: number): string {
  return `1${String(sequence).padStart(20, '0')}`
}

/** Reads what `writeSequenceNumber` wrote. */
export function readSequenceNumber(text: string): number {
  return Number(text.slice(1))
}

/**
 * Hands out sequence numbers. Without scattering they count up and are readable at once. With it, a record gets a
 * number some way ahead, and is readable when the horizon reaches it: in between, records of later writes slip in.
 * A record is never put before what may have been read, nor before an earlier record of the same item.
 */
export class Sequence {
  #highest: number
  /** Readers may read up to here. */
  #horizon: number
  /** Numbers ahead of the horizon, with the item each belongs to. */
  readonly #ahead = new Map<number, string>()

  constructor(highest: number) {
    this.#highest = highest
    this.#horizon = highest
  }

  get horizon(): number {
    return this.#horizon
  }

  /** Whether records wait beyond the horizon. */
  get waiting(): boolean {
    return this.#highest > this.#horizon
  }

  /** The first of `count` numbers in a row. */
  take(count: number): number {
    const first = this.#highest + 1
    this.#highest += count
    return first
  }

  /** A number for one record of a scattered transaction. */
  scatter(item: string, chance: Chance): number {
    let least = this.#horizon
    for (const [number, owner] of this.#ahead) if (owner === item && number > least) least = number
    let number = least + 1 + Math.floor(chance.next() * scatterWidth)
    while (this.#ahead.has(number)) number += 1
    this.#ahead.set(number, item)
    this.#highest = Math.max(this.#highest, number)
    return number
  }

  /** Call after a commit: moves the horizon, to the end or, with scattering, part of the way. */
  advance(scattered: boolean): void {
    this.#horizon = scattered ? Math.min(this.#horizon + scatterWidth / 2, this.#highest) : this.#highest
    for (const number of this.#ahead.keys()) if (number <= this.#horizon) this.#ahead.delete(number)
  }
}
