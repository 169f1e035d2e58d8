import { describe, expect, it } from 'vitest'
import { PoisonError, RetryLater } from '../platform/bus/queue-handler.ts'
import { backoffMs } from '../platform/backoff.ts'
import { RecordingLog } from '../testing/recording-log.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { sharedBreaker } from './breaker-store.ts'
import { breakerRules as rules } from './circuit-breaker.ts'
import type { Contact } from './contact.ts'
import { type CrmOutcome, tellCrm } from './crm.ts'
import { aContact, Killer, memoryBreaker, memoryRecords } from './testing.ts'

/** A CRM that is down for an hour, its queue, and two instances of the function that empties it. */
class OutageRun {
  readonly time = new VirtualTime()
  readonly random: () => number
  readonly records = memoryRecords()
  readonly store = memoryBreaker()
  /** What the CRM took, by id. */
  readonly taken = new Map<string, Contact>()
  /** When it was asked, ms since the beginning, and what it said. */
  readonly requests: { readonly at: number; readonly ok: boolean }[] = []
  readonly deadLetters: string[] = []
  receives = 0
  readonly begun = this.time.now()
  #queue: { contact: Contact; visibleAt: number; attempt: number }[] = []
  #open = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  get sinceBegin(): number {
    return this.time.now() - this.begun
  }

  send(contact: Contact, afterMs: number): void {
    this.#open++
    this.#queue.push({ contact, visibleAt: this.begun + afterMs, attempt: 0 })
  }

  /** Empties the queue; the CRM is down from `from` to `to`, ms since the beginning. */
  async run(from: number, to: number, poison: (contact: Contact) => boolean): Promise<void> {
    const crm = async (contact: Contact): Promise<CrmOutcome> => {
      const at = this.sinceBegin
      const ok = at < from || at >= to
      this.requests.push({ at, ok })
      await this.time.sleep(ok ? 100 : 8_000)
      if (!ok) return { kind: 'failed', reason: 'the CRM did not answer' }
      if (poison(contact)) return { kind: 'refused', reason: 'the CRM answered 422' }
      this.taken.set(contact.contactId, contact)
      return { kind: 'taken' }
    }
    const instance = async (): Promise<void> => {
      const { time, random, records, store } = this
      const breaker = sharedBreaker({ store, time, random, rules })
      const ports = { records, breaker, crm, time, random, log: new RecordingLog() }
      while (this.#open > 0) {
        const message = this.#queue.find(({ visibleAt }) => visibleAt <= time.now())
        if (!message) {
          await time.sleep(200)
          continue
        }
        this.#queue = this.#queue.filter((other) => other !== message)
        this.receives++
        await this.#handle(message, ports)
      }
    }
    await this.time.run(Promise.all([instance(), instance()]).then(() => undefined))
  }

  /** As functions/platform/bus/queue-message.ts does. */
  async #handle(
    message: { contact: Contact; visibleAt: number; attempt: number },
    ports: Parameters<typeof tellCrm>[1],
  ): Promise<void> {
    message.attempt++
    try {
      await tellCrm(message.contact, ports)
      this.#open--
    } catch (error) {
      if (error instanceof PoisonError) {
        this.deadLetters.push(message.contact.contactId)
        this.#open--
        return
      }
      if (!(error instanceof RetryLater)) throw error
      const backoff = () => backoffMs(message.attempt, { baseMs: 4_000, capMs: 900_000 }, this.random)
      const delayMs = error.delaySeconds === undefined ? backoff() : Math.ceil(error.delaySeconds) * 1000
      message.visibleAt = this.time.now() + delayMs
      this.#queue.push(message)
    }
  }
}

const minute = 60_000

describe('a CRM that is down for an hour', () => {
  it.each([1, 2, 3])(
    'loses nothing, is hardly asked meanwhile, and is not hammered when it returns, seed %i',
    { timeout: 20_000 },
    async (seed) => {
      const run = new OutageRun(seed)
      // One contact every four seconds for 80 minutes; the CRM is away from minute 10 to 70.
      const contacts = Array.from({ length: 1200 }, (_, index) => aContact(index))
      for (const [index, contact] of contacts.entries()) run.send(contact, index * 4_000)
      const poison = contacts[300]?.contactId
      await run.run(10 * minute, 70 * minute, ({ contactId }) => contactId === poison)

      expect(run.taken.size).toBe(1199)
      expect(run.deadLetters).toEqual([poison])
      const down = run.requests.filter(({ ok }) => !ok)
      expect(down.length).toBeLessThan(40)
      // 900 waited. In its first half minute it is asked 50 times at most, and never more than ten times a second.
      const back = run.requests.filter(({ ok, at }) => ok && at >= 70 * minute).map(({ at }) => at)
      const first = back[0] ?? 0
      const within = (from: number, to: number) =>
        back.filter((at) => at >= first + from && at < first + to).length
      expect(first).toBeLessThan(76 * minute)
      expect(within(0, 10_000)).toBeLessThanOrEqual(13)
      expect(within(0, 30_000)).toBeLessThanOrEqual(50)
      for (let index = 10; index < back.length; index++) {
        expect((back[index] ?? 0) - (back[index - 10] ?? 0)).toBeGreaterThanOrEqual(990)
      }
      // And it has caught up within minutes.
      expect(run.sinceBegin).toBeLessThan(90 * minute)
      // A message is taken out of its queue as often as the breaker tries, or so: the queue's maxReceiveCount is 1000.
      expect(run.receives / 1200).toBeLessThan(40)
    },
  )
})

describe('a contact for the CRM', () => {
  it.each(['before', 'after'] as const)(
    'is kept once though its function dies at any call, %s it took effect',
    async (side) => {
      let deaths = 0
      for (let at = 1; at <= 10; at++) {
        const killer = new Killer(at, side)
        const time = new VirtualTime()
        const records = memoryRecords()
        const taken = new Map<string, number>()
        const random = seededRandom(at)
        const crm = (contact: Contact): Promise<CrmOutcome> => {
          taken.set(contact.contactId, (taken.get(contact.contactId) ?? 0) + 1)
          return Promise.resolve({ kind: 'taken' })
        }
        const store = killer.on(memoryBreaker())
        const attempt = () =>
          tellCrm(aContact(), {
            records: killer.on(records),
            breaker: sharedBreaker({ store, time, random, rules }),
            crm: killer.call(crm),
            time,
            random,
            log: new RecordingLog(),
          })
        while ((await time.run(killer.run(attempt))) === 'died') deaths++
        expect(records.items.get(aContact().contactId)?.crmAt).toBeDefined()
        // Told twice only when it died between the CRM's word and our note; the CRM knows it by its id.
        expect([...taken.keys()]).toEqual([aContact().contactId])
        expect(taken.get(aContact().contactId)).toBeLessThanOrEqual(2)
      }
      expect(deaths).toBeGreaterThanOrEqual(6)
    },
  )

  it('of a key that was used for another body is for a person to look at', async () => {
    const records = memoryRecords()
    await records.make(aContact())
    const time = new VirtualTime()
    const ports = {
      records,
      breaker: sharedBreaker({ store: memoryBreaker(), time, random: Math.random, rules }),
      crm: () => Promise.reject(new Error('it must not be asked')),
      time,
      random: Math.random,
      log: new RecordingLog(),
    }
    await expect(tellCrm(aContact(1, { hash: 'another' }), ports)).rejects.toThrow(PoisonError)
  })
})
