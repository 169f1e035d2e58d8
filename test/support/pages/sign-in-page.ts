/** A page of another origin that signs people in, and listens as whoever did. */
import { connect, sessionClaims, signedInSessions } from '../../../client/index.ts'
import { agentSuggestions } from '../../../topics/agent-suggestions.ts'
import { openSignIn } from '../../../web/sign-in/index.ts'

const root = document.querySelector('#root') ?? document.body
const api = root.getAttribute('data-api') ?? ''
const show = (name: string, text: string): void => root.setAttribute(`data-${name}`, text)

const door = openSignIn({ api, onEnded: () => show('ended', 'yes') })
const sessions = signedInSessions(api, () => door.getIdToken(), { onRefused: () => door.refused() })

for (const [name, act] of Object.entries({
  'sign-in': () => door.signIn(),
  'sign-in-as-ben': () => door.signIn({ loginHint: 'ben' }),
  'sign-out': () => door.signOut(),
})) {
  const button = document.createElement('button')
  button.id = name
  button.textContent = name
  button.addEventListener('click', () => {
    act().catch((error: unknown) => show('problem', String(error)))
  })
  root.append(button)
}

try {
  const person = await door.currentPerson()
  show('person', person?.name ?? 'nobody')
  if (person) {
    const session = await sessions({ fresh: false })
    const { values } = sessionClaims(session)
    show('principal', session.principal)
    show('expires', String(session.expiresAt))
    show('agent', values['agentId'] ?? 'none')
    const client = connect({ api, session: sessions })
    client.on('status', ({ state, detail }) => {
      show('status', state)
      show('detail', detail ?? '')
    })
    const { agentId } = values
    if (agentId !== undefined) client.inbox(agentSuggestions, { agentId })
  }
} catch (error) {
  show('problem', error instanceof Error ? error.message : String(error))
}
