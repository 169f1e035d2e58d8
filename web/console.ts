/**
 * The support agent's console.
 *
 * @module
 */
import { connect } from '../client/index.ts'
import { startConsole } from './desk/console.ts'
import { openPeople } from './desk/person.ts'

const api = ''

void startConsole({
  people: openPeople(api),
  connect: (session) => connect({ api, session }),
  http: { api, fetch: (url, init) => fetch(url, init) },
})
