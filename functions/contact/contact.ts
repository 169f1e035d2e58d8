/**
 * A contact: what `POST /contact` takes, and what the event `contact.received` tells of it.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { defineEvent } from '../platform/bus/event.ts'
import { hashedId } from '../platform/hashed-id.ts'
import {
  cleanLine,
  cleanText,
  emailLength,
  emailPattern,
  optionalTextField,
  textField,
} from '../platform/text-fields.ts'

/** Limits of a contact. Texts in UTF-16 code units, as a browser's maxlength counts; those of topics/staff-contacts.ts. */
export const contactLimits = {
  nameLength: 100,
  emailLength,
  aboutLength: 100,
  messageLength: 2000,
  bodyBytes: 16 * 1024,
  idempotencyKeyLength: 255,
} as const

const problem = {
  object: 'must be a JSON object',
  name: `must be a text of 1 to ${contactLimits.nameLength} characters`,
  email: `must be an e-mail address of at most ${contactLimits.emailLength} characters`,
  about: `must be a text of at most ${contactLimits.aboutLength} characters`,
  message: `must be a text of 1 to ${contactLimits.messageLength} characters`,
  website: 'must be left empty',
} as const

/** The body of `POST /contact`. Unknown fields are ignored. */
export const contactBodySchema = v.object(
  {
    name: v.pipe(textField(problem.name, contactLimits.nameLength, cleanLine), v.minLength(1, problem.name)),
    email: v.pipe(
      v.string(problem.email),
      v.trim(),
      v.maxLength(contactLimits.emailLength, problem.email),
      v.regex(emailPattern, problem.email),
    ),
    about: optionalTextField(problem.about, contactLimits.aboutLength, cleanLine),
    message: v.pipe(
      textField(problem.message, contactLimits.messageLength, cleanText),
      v.minLength(1, problem.message),
    ),
    /** A field that the page hides: who fills it in is a program. */
    website: v.nullish(v.pipe(v.string(problem.website), v.maxLength(2000, problem.website))),
  },
  problem.object,
)

/** A contact as its visitor gave it, texts cleaned. */
export interface ContactForm {
  readonly name: string
  readonly email: string
  readonly about?: string
  readonly message: string
}

const receivedSchema = v.object({
  contactId: v.pipe(v.string(), v.regex(/^[a-z2-7]{26}$/)),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(contactLimits.nameLength)),
  email: v.pipe(v.string(), v.maxLength(contactLimits.emailLength), v.regex(emailPattern)),
  about: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(contactLimits.aboutLength))),
  message: v.pipe(v.string(), v.minLength(1), v.maxLength(contactLimits.messageLength)),
  /** SHA-256 of the canonical body, base64url. */
  hash: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  /** RFC 3339. */
  acceptedAt: v.pipe(v.string(), v.isoTimestamp()),
})

/** A contact that was accepted. */
export type Contact = Readonly<v.InferOutput<typeof receivedSchema>>

/** Somebody wrote by the contact form. The event's id is the contact's: who is told twice does it once. */
export const contactReceived = defineEvent({
  type: 'contact.received',
  source: '/fanfare/contact',
  schema: receivedSchema,
})

/** The schema's output with its blanks left out. */
export function toContactForm(body: v.InferOutput<typeof contactBodySchema>): ContactForm {
  const { name, email, about, message } = body
  return { name, email, ...(about === undefined ? {} : { about }), message }
}

/** SHA-256, base64url, over the fields in a fixed order: the same contact has the same hash however it was written. */
export function hashContact({ name, email, about, message }: ContactForm): string {
  return createHash('sha256')
    .update(JSON.stringify([name, email, about ?? '', message]))
    .digest('base64url')
}

/**
 * The contact's id: the same key gives the same contact. Without a key the same words on the same day (UTC) do, so that a
 * form sent twice by a double click or a reload is one contact; on another day they are meant again. `now` in ms since 1970.
 */
export function contactIdOf(idempotencyKey: string | undefined, hash: string, now: number): string {
  if (idempotencyKey !== undefined) return hashedId('contact', 'key', idempotencyKey)
  return hashedId('contact', 'body', new Date(now).toISOString().slice(0, 10), hash)
}
