/**
 * What the local stack tells of itself at `/_fanfare/iot`: quotas, metered units, drops and denials, before and after.
 *
 * @module
 */
import * as v from 'valibot'
import type { TargetFigures } from '../outcome.ts'
import { Reasons } from './figures.ts'
import { sendRequest } from './http-request.ts'

const counts = v.record(v.string(), v.number())

/** What of the page is used; local/iot/page/snapshot.ts has all of it. */
const statusSchema = v.object({
  quotaMode: v.picklist(['enforce', 'count', 'off']),
  stats: v.object({ units: counts, drops: counts }),
  denialsByReason: v.array(v.object({ because: v.string(), action: v.string(), times: v.number() })),
  quotas: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      value: v.number(),
      used: v.optional(v.number()),
      usedMost: v.optional(v.number()),
      hits: v.number(),
    }),
  ),
})

/** A page that takes longer than this is no page, ms: neither the run's beginning nor its end waits for it. */
const answerWithinMs = 5000

type Status = v.InferOutput<typeof statusSchema>

export class TargetStatus {
  readonly #url: URL | undefined
  readonly #most = new Map<string, number>()
  #before: Status | undefined
  #now: Status | undefined
  #reading: Promise<void> | undefined

  constructor(statusUrl: string | undefined) {
    this.#url = statusUrl === undefined ? undefined : new URL(statusUrl)
    this.#url?.searchParams.set('format', 'json')
  }

  /** Reads it anew; keeps what it had when there is no answer. One reading at a time: a target that hangs is not asked by more and more. */
  read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  async #read(): Promise<void> {
    if (!this.#url) return
    const { status, body } = (await this.#ask(this.#url)) ?? {}
    if (status !== 200 || body === undefined) return
    // Something else answers there, or a stack of another version: the target has no figures then.
    const read = v.safeParse(v.pipe(v.string(), v.parseJson(), statusSchema), body)
    if (!read.success) return
    this.#now = read.output
    this.#before ??= this.#now
    // A level's highest is the highest that was seen; a rate keeps its own.
    for (const { id, used = 0 } of this.#now.quotas)
      this.#most.set(id, Math.max(this.#most.get(id) ?? 0, used))
  }

  /** A kept connection may have been closed just now, or the target be busy: the figures are worth a second question. */
  async #ask(url: URL): Promise<Awaited<ReturnType<typeof sendRequest>> | undefined> {
    let answer: Awaited<ReturnType<typeof sendRequest>> | undefined
    for (let attempt = 0; attempt < 3 && answer?.status !== 200 && answer?.said !== 'no answer'; attempt++)
      answer = await sendRequest({
        url,
        method: 'GET',
        headers: { accept: 'application/json' },
        withinMs: answerWithinMs,
      })
    return answer
  }

  /** The most used quotas, share of each. */
  shares(): { id: string; share: number }[] {
    return (this.#now?.quotas ?? [])
      .filter(({ used, value }) => used !== undefined && value > 0)
      .map(({ id, used = 0, value }) => ({ id, share: used / value }))
      .sort((one, other) => other.share - one.share)
      .slice(0, 4)
  }

  figures(): TargetFigures | undefined {
    const before = this.#before
    const now = this.#now
    if (!before || !now) return undefined
    const denials = new Reasons()
    const deniedBefore = deniedBy(before)
    for (const [reason, times] of deniedBy(now)) {
      const more = times - (deniedBefore.get(reason) ?? 0)
      if (more > 0) denials.add(reason, more)
    }
    const hitsBefore = new Map(before.quotas.map(({ id, hits }) => [id, hits]))
    return {
      quotaMode: now.quotaMode,
      quotas: now.quotas.map(({ id, name, value, usedMost, hits }) => ({
        id,
        name,
        limit: value,
        most: Math.max(usedMost ?? 0, this.#most.get(id) ?? 0),
        hits: hits - (hitsBefore.get(id) ?? 0),
      })),
      units: grown(before.stats.units, now.stats.units),
      drops: grown(before.stats.drops, now.stats.drops),
      denials: denials.list(),
    }
  }
}

function deniedBy({ denialsByReason }: Status): Map<string, number> {
  return new Map(denialsByReason.map(({ action, because, times }) => [`${action}: ${because}`, times]))
}

function grown(
  before: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(Object.entries(now).map(([key, value]) => [key, value - (before[key] ?? 0)]))
}
