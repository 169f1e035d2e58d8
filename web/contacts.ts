/**
 * The staff's page: who wrote, and which conversations nobody answered in time.
 *
 * @module
 */
import { connectLite } from '../client/index.ts'
import { startContacts } from './desk/contacts.ts'
import { openPeople } from './desk/person.ts'

const api = ''

void startContacts({
  people: openPeople(api),
  connect: (session, onProblem) => connectLite({ api, session, onProblem }),
})
