/**
 * Who is signed in, as the pages of the desk see it.
 *
 * @module
 */
import { type SessionCallback, sessionClaims, signedInSessions } from '../../client/index.ts'
import { openSignIn } from '../sign-in/index.ts'

export interface Person {
  /** Text, never markup. */
  readonly name: string
  /** Absent for somebody who is no support agent. */
  readonly agentId: string | undefined
  readonly roles: readonly string[]
}

/** Signing in, and the sessions of who did. */
export interface People {
  /** Who is signed in; takes the answer of a sign-in that is coming back. Rejects with why that failed. */
  currentPerson(): Promise<Person | undefined>
  /** Leaves the page for the issuer's. */
  signIn(): Promise<void>
  /** Ends the sign-in, and leaves the page if the issuer has one for that. */
  signOut(): Promise<void>
  /** Calls `listener` when the sign-in ended, by `signOut` or by itself. */
  onEnd(listener: () => void): void
  /** Sessions for a client, and for requests to the API. */
  readonly session: SessionCallback
}

/** People who sign in at the deployment's issuer; `api` as the client's. */
export function openPeople(api: string): People {
  const listeners: (() => void)[] = []
  const end = (): void => {
    for (const listener of listeners) listener()
  }
  const door = openSignIn({ api, onEnded: end })
  const session = signedInSessions(api, () => door.getIdToken(), { onRefused: () => door.refused() })
  return {
    session,
    async currentPerson() {
      const person = await door.currentPerson()
      if (!person) return undefined
      // What somebody may hear is what the service says of them, not the issuer.
      const { roles, values } = sessionClaims(await session({ fresh: false }))
      return { name: person.name, agentId: values['agentId'], roles }
    },
    signIn: () => door.signIn(),
    async signOut() {
      await door.signOut()
      end()
    },
    onEnd: (listener) => void listeners.push(listener),
  }
}
