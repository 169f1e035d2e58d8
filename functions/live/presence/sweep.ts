/**
 * What lifecycle events did not tell: every minute, people whose lease ran out are asked after, the counts are told once
 * more, and what is over is forgotten.
 *
 * @module
 */
import { heardTopics, likelySlots } from './person.ts'
import type { PresenceEvent, Slot } from './presence-event.ts'
import type { StoredPerson } from './presence-store.ts'
import { recordEvents, type RecordPorts } from './record.ts'

/** A connection as IoT Core knows it. */
export type FoundConnection = Extract<PresenceEvent, { kind: 'checked' }>['connection']

export interface SweepPorts extends RecordPorts {
  /** People whose time has come, a page at a time. */
  readonly due: (now: number) => AsyncIterable<readonly StoredPerson[]>
  /** What IoT Core knows of a client ID's connection. Throws when it does not say. */
  readonly ask: (principal: string, slot: Slot) => Promise<FoundConnection>
  /** Forgets a person, unless something was heard meanwhile. */
  readonly forget: (known: StoredPerson) => Promise<void>
  /** Every count, a page at a time. */
  readonly counts: () => AsyncIterable<readonly (readonly [topic: string, count: number])[]>
  /** Tells the counts as they are. */
  readonly tell: (topics: readonly string[]) => Promise<void>
  /** Removes a count that is 0, unless it is not any more. */
  readonly dropZero: (topic: string) => Promise<void>
}

/** How long a person is remembered of whom nothing was heard and who hears nothing, ms: as long as the queue keeps events. */
export const forgetAfterMs = 3_600_000

/**
 * Client IDs asked after in a second. AWS answers 100 a second of each of the two calls, and revoking shares neither.
 * docs/aws-iot-core.md §3.
 */
const asksPerSecond = 80

/** Requests on their way at once: enough for `asksPerSecond` at 200 ms each. */
const asksAtOnce = 16

/** People asked after before their answers are recorded. */
const groupSize = 50

/** Answers how many people were looked after; those there is no time for before `deadline` (ms since 1970) come next time. */
export async function sweepPresence(ports: SweepPorts, deadline: number): Promise<number> {
  await tellAll(ports)
  let looked = 0
  for await (const page of ports.due(ports.time.now())) {
    for (let start = 0; start < page.length; start += groupSize) {
      if (ports.time.now() >= deadline) return looked
      const group = page.slice(start, start + groupSize)
      await lookAfter(group, ports, deadline)
      looked += group.length
    }
  }
  return looked
}

async function tellAll({ counts, tell, dropZero, log }: SweepPorts): Promise<void> {
  for await (const page of counts()) {
    await tell(page.map(([topic]) => topic))
    for (const [topic, count] of page) {
      if (count < 0)
        log.error('a count of watchers is below zero, which no transaction can make', { topic, count })
      if (count === 0) await dropZero(topic)
    }
  }
}

async function lookAfter(group: readonly StoredPerson[], ports: SweepPorts, deadline: number): Promise<void> {
  const { forget, time } = ports
  const startedAt = time.now()
  const forgotten = group.filter(
    ({ person, changedAt }) => heardTopics(person).size === 0 && changedAt + forgetAfterMs <= startedAt,
  )
  // Each by itself: one that came back meanwhile keeps nobody else.
  for (const person of forgotten) await forget(person)

  const asked = group
    .filter((each) => !forgotten.includes(each))
    .flatMap(({ person }) => likelySlots(person).map((slot) => ({ principal: person.principal, slot })))
  const found: PresenceEvent[] = []
  const waiting = [...asked]
  const worker = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const at = time.now()
      try {
        found.push({ kind: 'checked', ...next, at, connection: await ports.ask(next.principal, next.slot) })
      } catch (error) {
        // Nothing is known: it stays as it is, and is asked after again a minute later.
        ports.log.warn('connection not asked after', { ...next, error })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(asksAtOnce, asked.length) }, worker))
  await recordEvents(found, ports, deadline)
  const restMs = startedAt + (asked.length / asksPerSecond) * 1000 - time.now()
  if (restMs > 0) await time.sleep(restMs)
}
