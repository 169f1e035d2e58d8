/**
 * The staff's lists at work: two feeds, newest first, and a search in what is listed.
 *
 * @module
 */
import type { LiteClient, Problem, SessionCallback } from '../../client/index.ts'
import { type Contact, staffContacts } from '../../topics/staff-contacts.ts'
import { type Escalation, staffEscalations } from '../../topics/staff-escalations.ts'
import { element } from '../page/elements.ts'
import { drawStatus } from '../page/status-line.ts'
import { announcer } from './announce.ts'
import { drawContact, drawEscalation, textOfContact, textOfEscalation, tickTimes } from './entry-rows.ts'
import { type FeedList, feedList } from './feed-list.ts'
import { findInLists } from './find.ts'
import { passGate, refuse } from './gate.ts'
import type { People, Person } from './person.ts'

export interface ContactsOptions {
  readonly people: People
  /** A client with these sessions. */
  readonly connect: (session: SessionCallback, onProblem: (problem: Problem) => void) => LiteClient
}

/** Entries that a list begins with, and that each `Show older` adds. */
const page = 50

/** Lets signed-in staff to the lists. */
export async function startContacts({ people, connect }: ContactsOptions): Promise<void> {
  const person = await passGate(people, unfit)
  if (!person) return
  const announce = announcer(element('announcements'))
  const client = connect(people.session, ({ topic, code, detail }) => {
    console.warn(`fanfare: ${topic}: ${code}: ${detail}`)
  })
  const denied = (): void => {
    client.close()
    show(false)
    refuse(unfitSentence(person))
  }

  const contacts: FeedList<Contact> = feedList({
    name: 'contacts',
    many: 'messages',
    one: 'message',
    draw: drawContact,
    text: textOfContact,
    older: (count) => contactFeed.older(count),
    onNew: ({ name }) => announce(`New message from ${name}.`),
  })
  const escalations: FeedList<Escalation> = feedList({
    name: 'escalations',
    many: 'escalations',
    one: 'escalation',
    draw: drawEscalation,
    text: textOfEscalation,
    older: (count) => escalationFeed.older(count),
    onNew: ({ customer }) => announce(`New escalation: ${customer ?? 'a customer'}.`),
  })
  const contactFeed = client.feed(staffContacts, {}, { last: page, onItem: contacts.add, onError: denied })
  const escalationFeed = client.feed(
    staffEscalations,
    {},
    { last: page, onItem: escalations.add, onError: denied },
  )
  findInLists([contacts, escalations])

  client.on('status', (status) => {
    drawStatus(status)
    // From the first time on, what comes is news.
    if (status.state !== 'live') return
    contacts.live()
    escalations.live()
  })
  drawStatus(client.status)
  people.onEnd(() => {
    client.close()
    show(false)
  })
  setInterval(() => tickTimes(Date.now()), 15_000)
  element('to-console').hidden = person.agentId === undefined
  show(true)
}

function unfit(person: Person): string | undefined {
  return person.roles.includes('staff') ? undefined : unfitSentence(person)
}

const unfitSentence = ({ name }: Person): string =>
  `You are signed in as ${name}, who is not staff. Ask whoever runs the desk for the role, or sign in as somebody else.`

function show(shown: boolean): void {
  for (const id of ['feeds', 'status']) element(id).hidden = !shown
}
