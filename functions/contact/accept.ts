/**
 * POST /contact: takes a contact and answers once AWS holds it. Its record and its event are one transaction; while the
 * table is away the event goes straight to the topic, and whoever is told of it records the contact then (record.ts).
 *
 * @module
 */
import * as v from 'valibot'
import type { Trace } from '../platform/bus/trace.ts'
import { addressGroup } from '../platform/address.ts'
import type { AddressLimit } from '../platform/address-limit.ts'
import { backoffMs } from '../platform/backoff.ts'
import { makeEvent } from '../platform/bus/event.ts'
import type { PublishEvent } from '../platform/bus/publisher.ts'
import type { Log } from '../platform/log.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'
import type { Time } from '../platform/time.ts'
import { unfitBody } from '../platform/unfit-body.ts'
import {
  type Contact,
  contactBodySchema,
  contactIdOf,
  contactLimits,
  contactReceived,
  hashContact,
  toContactForm,
} from './contact.ts'

export interface ContactPorts {
  /**
   * Records the contact and puts its event into the outbox, both or neither. `known`: the same contact was recorded
   * before; `other`: another body was, under the same id; `conflict`: somebody else writes it right now.
   */
  readonly record: (contact: Contact, event: string) => Promise<'recorded' | 'known' | 'other' | 'conflict'>
  /** The way when the table is away: straight to the topic of events. */
  readonly publish: PublishEvent
  readonly limit: AddressLimit
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
}

export interface ContactRequest {
  readonly address: string
  readonly idempotencyKey: string | undefined
  readonly trace: Trace
  readonly log: Log
  /** Parses the body as JSON; throws a ProblemError. */
  readonly readBody: () => unknown
}

/** Attempts at a record that another request with the same key writes as well. */
const attemptsMax = 4

/** Accepts a contact. Throws ProblemError: 400, 413, 422 for a key that has another body, 429, or 503. */
export async function acceptContact(
  request: ContactRequest,
  ports: ContactPorts,
): Promise<{ contactId: string }> {
  const key = checkKey(request.idempotencyKey)
  const result = v.safeParse(contactBodySchema, request.readBody())
  if (!result.success) {
    throw unfitBody(result.issues, {
      code: 'contact-unfit',
      title: 'This is no contact',
      remedy: 'correct the fields named in errors and send again',
    })
  }
  const now = ports.time.now()
  const form = toContactForm(result.output)
  const hash = hashContact(form)
  const contactId = contactIdOf(key, hash, now)
  if (result.output.website) {
    // Nobody sees that field. The answer is that of success, so that a program learns nothing.
    request.log.count('ContactsOfPrograms')
    return { contactId }
  }
  const waitSeconds = await ports.limit(addressGroup(request.address), now)
  if (waitSeconds !== undefined) throw tooMany(waitSeconds)

  const contact: Contact = { contactId, ...form, hash, acceptedAt: new Date(now).toISOString() }
  const event = makeEvent(contactReceived, contact, {
    id: contactId,
    time: contact.acceptedAt,
    subject: contactId,
    trace: request.trace,
  })
  if ((await take(contact, event, request, ports)) === 'other') throw keyReused(request.idempotencyKey)
  return { contactId }
}

/** Has AWS hold the contact, one way or the other. */
async function take(
  contact: Contact,
  event: string,
  { log }: ContactRequest,
  { record, publish, time, random }: ContactPorts,
): Promise<'taken' | 'other'> {
  let problem: unknown
  try {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const outcome = await record(contact, event)
      if (outcome === 'other') return 'other'
      if (outcome !== 'conflict') return 'taken'
      await time.sleep(backoffMs(attempt, { baseMs: 20, capMs: 200 }, random))
    }
    problem = new Error(`others wrote contact ${contact.contactId} at each of ${attemptsMax} attempts`)
  } catch (error) {
    problem = error
  }
  // Whatever it was, a visitor's words are not lost for it: the topic may take them. Taken by both, they count once.
  log.warn('contact not recorded; it is published at once', { contactId: contact.contactId, error: problem })
  try {
    await publish(event, contactReceived.type)
    return 'taken'
  } catch (error) {
    throw notTaken(new AggregateError([problem, error], 'neither the table nor SNS took the contact'))
  }
}

function checkKey(key: string | undefined): string | undefined {
  if (key === undefined) return undefined
  if (key.length <= contactLimits.idempotencyKeyLength && /^[\x21-\x7e]+$/.test(key)) return key
  throw new ProblemError({
    status: 400,
    code: 'idempotency-key-unfit',
    title: 'The Idempotency-Key cannot be used',
    detail: `the Idempotency-Key is ${quoteValue(key)}`,
    remedy: `send 1 to ${contactLimits.idempotencyKeyLength} visible ASCII characters, a UUID for instance, or leave the header out`,
  })
}

function keyReused(key: string | undefined): ProblemError {
  return new ProblemError({
    status: 422,
    code: 'idempotency-key-reused',
    title: 'The Idempotency-Key belongs to another contact',
    detail: `the Idempotency-Key ${quoteValue(key)} was used with another body`,
    remedy: 'use a new key for a new contact, and the same body for a retry',
  })
}

function tooMany(waitSeconds: number): ProblemError {
  return new ProblemError({
    status: 429,
    code: 'too-many-contacts',
    title: 'Too many contacts',
    detail: 'this address has sent as many contacts as it may in a minute',
    remedy: `send it again in ${waitSeconds} s`,
    headers: { 'retry-after': String(waitSeconds) },
  })
}

function notTaken(cause: unknown): ProblemError {
  return new ProblemError({
    status: 503,
    code: 'contact-not-taken',
    title: 'The contact could not be taken',
    detail: 'neither the table nor the topic took the contact',
    remedy: 'send it again with the same Idempotency-Key; it counts once however often it is sent',
    headers: { 'retry-after': '2' },
    cause,
  })
}
