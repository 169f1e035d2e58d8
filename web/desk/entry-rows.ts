/**
 * How messages, escalations and gaps are drawn. Text is text, whatever it says.
 *
 * @module
 */
import type { FeedGap } from '../../client/index.ts'
import type { Contact } from '../../topics/staff-contacts.ts'
import type { Escalation } from '../../topics/staff-escalations.ts'
import { make } from '../page/elements.ts'
import { describeWhen } from '../page/when.ts'

export function drawContact(contact: Contact): HTMLLIElement {
  const { contactId, name, email, about, message, at } = contact
  const row = entry(name, at)
  row.dataset['contactId'] = contactId
  if (about) row.append(make('p', 'entry-about', about))
  row.append(make('p', 'entry-text', message))
  const link = document.createElement('a')
  link.href = mailto(email, about)
  link.textContent = email
  const foot = make('p', 'entry-foot', 'Answer to ')
  foot.append(link)
  row.append(foot)
  return row
}

export const textOfContact = ({ name, email, about = '', message }: Contact): string =>
  `${name}\n${email}\n${about}\n${message}`

export function drawEscalation(escalation: Escalation): HTMLLIElement {
  const { customer, question, conversationId, at } = escalation
  const row = entry(customer ?? 'A customer', at)
  row.dataset['conversationId'] = conversationId
  row.append(
    make('p', 'entry-text', question),
    make('p', 'entry-reason', describeReason(escalation)),
    make('p', 'entry-foot', `Conversation ${conversationId}`),
  )
  return row
}

export const textOfEscalation = (escalation: Escalation): string =>
  `${escalation.customer ?? ''}\n${escalation.question}\n${escalation.conversationId}\n${describeReason(escalation)}`

/** Why nobody answered. */
export function describeReason({ reason, agentId }: Escalation): string {
  switch (reason) {
    case 'not-handled':
      return agentId ? `${agentId} did not answer in time` : 'Nobody answered in time'
    case 'unknown-agent':
      return agentId
        ? `Assigned to ${agentId}, who is no agent here`
        : 'Assigned to somebody who is no agent here'
    case 'unassigned':
      return 'Assigned to nobody'
  }
}

/** What stands for entries that are missing: how many, and why. */
export function drawGap(gap: FeedGap, names: { readonly one: string; readonly many: string }): HTMLLIElement {
  const row = document.createElement('li')
  row.className = 'gap'
  row.textContent = describeGap(gap, names)
  return row
}

/** What a gap says to people. */
export function describeGap(
  { from, to, reason }: FeedGap,
  { one, many }: { readonly one: string; readonly many: string },
): string {
  const count = to - from + 1
  const entries = count === 1 ? `1 ${one}` : `${count.toLocaleString()} ${many}`
  switch (reason) {
    case 'overflow':
      return `${entries} ${count === 1 ? 'is' : 'are'} missing here: they came too quickly`
    case 'expired':
      return `${entries} from earlier ${count === 1 ? 'is' : 'are'} no longer kept`
    case 'invalid':
      return `${entries} could not be shown; reload the page`
    case 'reset':
      return 'The list begins anew here'
  }
}

/** Says anew how long ago each entry came. */
export function tickTimes(now: number): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>('.entry-when')) {
    const text = describeWhen(Date.parse(time.dateTime), now)
    if (time.textContent !== text) time.textContent = text
  }
}

function entry(name: string, at: string): HTMLLIElement {
  const row = document.createElement('li')
  row.className = 'entry'
  const time = document.createElement('time')
  time.className = 'entry-when'
  time.dateTime = at
  time.title = new Date(at).toLocaleString()
  time.textContent = describeWhen(Date.parse(at), Date.now())
  const head = make('p', 'entry-head')
  head.append(make('span', 'entry-name', name), time)
  row.append(head)
  return row
}

/** RFC 6068: what is not unreserved is encoded, so an address or a subject adds no header of its own. */
export function mailto(email: string, about: string | undefined): string {
  const subject = about ? `?subject=${encodeURIComponent(`Re: ${about}`)}` : ''
  return `mailto:${encodeURIComponent(email)}${subject}`
}
