import * as v from 'valibot'
import { feed, role } from './contract/index.ts'
import { line, lines } from './schemas/text.ts'

export const contactSchema = v.object({
  contactId: v.pipe(v.string(), v.maxLength(64)),
  name: line(100),
  email: v.pipe(v.string(), v.maxLength(254)),
  /** What it is about, in the words of the form. */
  about: v.optional(line(100)),
  message: lines(2000),
  /** When it was accepted, RFC 3339. */
  at: v.pipe(v.string(), v.maxLength(40)),
})

export type Contact = v.InferOutput<typeof contactSchema>

/** Who wrote by the contact form, for signed-in staff. Written by functions/contact. */
export const staffContacts = feed({
  topic: 'staff/contacts',
  entry: contactSchema,
  subscribe: role('staff'),
  overflow: 'recover',
  maxBytes: 10_240,
  load: { audience: 5, rate: 0.02, hoursPerMonth: 176 },
  budgetPerMonth: 10,
})
