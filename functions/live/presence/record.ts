/**
 * Records what was heard of people: their items and the topics' counts, in transactions that may be killed, lost or
 * repeated at any point.
 *
 * @module
 */
import { backoffMs } from '../../platform/backoff.ts'
import type { Log } from '../../platform/log.ts'
import type { Time } from '../../platform/time.ts'
import { applyEvent } from './person.ts'
import type { PresenceEvent } from './presence-event.ts'
import {
  fittingTransaction,
  peopleAtOnce,
  type PersonChange,
  type PresenceOutcome,
  type PresenceStore,
  type StoredPerson,
} from './presence-store.ts'

export interface RecordPorts {
  readonly store: PresenceStore
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
  readonly log: Log
  /** Whether an error of the store may pass by itself. */
  readonly isPassing: (error: unknown) => boolean
}

/**
 * How long a person is taken to watch on what was heard last, ms; then the sweep asks. Also how long after somebody
 * left the sweep asks once more, so that one who came back, and whose coming was lost, is counted again.
 */
const leaseMs = 300_000

/** Up to this much of the lease is added by chance, so that a crowd that came at once is not asked after at once. */
const leaseSpreadMs = 60_000

/** Waits between attempts. Two instances write the same count: who conflicts waits about as long as a transaction takes. */
const backoff = {
  moved: { baseMs: 5, capMs: 100 },
  busy: { baseMs: 20, capMs: 1_000 },
} as const

/** When a person is looked after again, from now on. */
function nextDue(now: number, random: () => number): number {
  return now + leaseMs + Math.floor(random() * leaseSpreadMs)
}

/** Answers the principals whose events have to come again: all others' are recorded before `deadline` (ms since 1970). */
export async function recordEvents(
  events: readonly PresenceEvent[],
  ports: RecordPorts,
  deadline: number,
): Promise<ReadonlySet<string>> {
  const { store, time, random, log } = ports
  const waiting = Map.groupBy(events, ({ principal }) => principal)
  try {
    for (let attempt = 0; waiting.size > 0;) {
      if (time.now() >= deadline) {
        log.warn('out of time; presence events come again', { people: waiting.size, attempt })
        break
      }
      const outcome = await recordSome()
      if (outcome === 'committed') {
        attempt = 0
        continue
      }
      attempt += 1
      await time.sleep(backoffMs(attempt, backoff[outcome], random))
    }
  } catch (error) {
    log.error('presence events not recorded; they come again', { people: waiting.size, error })
  }
  return new Set(waiting.keys())

  async function recordSome(): Promise<PresenceOutcome> {
    const principals = [...waiting.keys()].slice(0, peopleAtOnce)
    const known = await tryRead(principals)
    if (!known) return 'busy'
    const changes: PersonChange[] = []
    for (const principal of principals) {
      const before = known.get(principal)
      const after = afterEvents(before, waiting.get(principal) ?? [])
      if (after) changes.push({ before, after })
      // Recorded before, or nothing new.
      else waiting.delete(principal)
    }
    if (changes.length === 0) return 'committed'
    const fitting = fittingTransaction(changes)
    const outcome = await store.commit(fitting)
    if (outcome === 'committed') for (const { after } of fitting) waiting.delete(after.person.principal)
    return outcome
  }

  async function tryRead(
    principals: readonly string[],
  ): Promise<ReadonlyMap<string, StoredPerson> | undefined> {
    try {
      return await store.read(principals)
    } catch (error) {
      if (ports.isPassing(error)) return undefined
      throw error
    }
  }

  /** Undefined when nothing changes. A look at the connections always does: the lease begins anew. */
  function afterEvents(
    before: StoredPerson | undefined,
    all: readonly PresenceEvent[],
  ): StoredPerson | undefined {
    const person = all.reduce<StoredPerson['person'] | undefined>(applyEvent, before?.person)
    const checked = all.some(({ kind }) => kind === 'checked')
    if (!person || (person === before?.person && !checked)) return undefined
    const now = time.now()
    const heard = all.some(({ kind }) => kind !== 'checked')
    return {
      person,
      version: (before?.version ?? 0) + 1,
      dueAt: nextDue(now, random),
      changedAt: heard || !before ? now : before.changedAt,
    }
  }
}
