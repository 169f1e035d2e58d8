/** Contacts' tables in memory, and processes that die at any of their calls. */
import { closedBreaker } from './circuit-breaker.ts'
import type { BreakerStore, StoredBreaker } from './breaker-store.ts'
import { type Contact, contactIdOf, hashContact } from './contact.ts'
import type { ContactRecord, ContactRecords } from './record.ts'
import type { LetterLeases } from './welcome.ts'

/** A contact of a number. */
export function aContact(number = 1, more: Partial<Contact> = {}): Contact {
  const form = { name: `Visitor ${number}`, email: `visitor${number}@example.org`, message: 'Hello' }
  const hash = hashContact(form)
  const contactId = contactIdOf(`key-${number}`, hash, 0)
  return { contactId, ...form, hash, acceptedAt: '2026-01-01T00:00:00.000Z', ...more }
}

/** Records and leases as DynamoDB keeps them. */
export function memoryRecords(): ContactRecords &
  LetterLeases & { readonly items: Map<string, ContactRecord> } {
  const items = new Map<string, ContactRecord>()
  const leases = new Map<string, number>()
  return {
    items,
    read: (contactId) => Promise.resolve(items.get(contactId)),
    make: ({ contactId, hash }) =>
      Promise.resolve(void (items.has(contactId) || items.set(contactId, { hash }))),
    mark(contactId, mark, at) {
      const item = items.get(contactId)
      if (item && item[mark] === undefined) items.set(contactId, { ...item, [mark]: at })
      return Promise.resolve()
    },
    take(contactId, now, until) {
      const free = items.get(contactId)?.mailedAt === undefined && (leases.get(contactId) ?? 0) < now
      if (free) leases.set(contactId, until)
      return Promise.resolve(free)
    },
    release: (contactId) => Promise.resolve(void leases.delete(contactId)),
  }
}

/** The breaker's item. */
export function memoryBreaker(): BreakerStore & { now(): StoredBreaker } {
  let stored: StoredBreaker = { breaker: closedBreaker, version: 0 }
  return {
    now: () => stored,
    read: () => Promise.resolve(stored.version === 0 ? undefined : stored),
    write(breaker, before) {
      if (before !== stored.version) return Promise.resolve(false)
      stored = { breaker, version: before + 1 }
      return Promise.resolve(true)
    },
  }
}

/** Has a process die at one of its calls: before it took effect, or after. Nothing that comes behind that call happens. */
export class Killer {
  #calls = 0
  readonly #at: number
  readonly #side: 'before' | 'after'
  #die: () => Promise<never> = () => Promise.reject(new Error('nothing runs'))

  constructor(at: number, side: 'before' | 'after') {
    this.#at = at
    this.#side = side
  }

  /** How a process ended that does `work`. */
  async run(work: () => Promise<unknown>): Promise<'done' | 'died'> {
    const died = Promise.withResolvers<'died'>()
    this.#die = () => {
      died.resolve('died')
      return new Promise(() => undefined)
    }
    return Promise.race([work().then(() => 'done' as const), died.promise])
  }

  /** The same object, at whose methods the process may die. */
  on<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name, receiver) => {
        const value: unknown = Reflect.get(target, name, receiver)
        return typeof value === 'function'
          ? this.call(value.bind(target) as (...args: unknown[]) => unknown)
          : value
      },
    })
  }

  /** The same function, at which the process may die. */
  call<Args extends unknown[], Result>(
    work: (...args: Args) => Result | Promise<Result>,
  ): (...args: Args) => Promise<Result> {
    return async (...args) => {
      const dies = ++this.#calls === this.#at
      if (dies && this.#side === 'before') return this.#die()
      const result = await work(...args)
      return dies ? this.#die() : result
    }
  }
}
