/**
 * The support agent's console.
 *
 * @module
 */
import { startConsole } from './desk/console.ts'
import { connectDesk } from './desk/desk-client.ts'
import { openPeople } from './desk/person.ts'

const api = ''

void startConsole({
  people: openPeople(api),
  connect: (session) => connectDesk({ api, session }),
  http: { api, fetch: (url, init) => fetch(url, init) },
})
