import { type Letter, letterOf } from '../platform/mail/letter.ts'
import type { Contact } from './contact.ts'

/**
 * The letter that thanks for a contact. Anybody can put any address into the form, so it carries nothing of what was
 * written but a name that looks like one: it is no way to send others one's own words.
 */
export function welcomeLetter({ contactId, name, acceptedAt }: Contact): Letter {
  return letterOf('Thank you for your message', [
    isPlainName(name) ? `Dear ${name},` : 'Hello,',
    `thank you for writing to us on ${acceptedAt.slice(0, 10)}. We have your message, and somebody will answer it.`,
    `Its number is ${contactId}.`,
    'If you did not write to us, somebody gave your address by mistake, and you need not do anything.',
  ])
}

/** Letters of any script, spaces, points, hyphens and apostrophes: no link and no number. */
function isPlainName(name: string): boolean {
  return name.length <= 50 && /^\p{L}[\p{L}\p{M}' ’-]*(?:\.(?: |$)[\p{L}\p{M}' ’-]*)*$/u.test(name)
}
