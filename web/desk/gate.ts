/**
 * The way in: a page's own part is shown to who is signed in, and a button to everybody else.
 *
 * @module
 */
import { element } from '../page/elements.ts'
import type { People, Person } from './person.ts'

/**
 * Shows the gate, or who is signed in. Answers the person, or undefined when there is none; `unfit` says in a sentence
 * why somebody has no use for this page.
 */
export async function passGate(
  people: People,
  unfit: (person: Person) => string | undefined,
): Promise<Person | undefined> {
  const button = element('sign-in', HTMLButtonElement)
  const problem = element('gate-problem')
  button.addEventListener('click', () => void tried(() => people.signIn()))
  element('sign-out').addEventListener('click', () => void tried(() => people.signOut()))
  people.onEnd(() => {
    element('who').hidden = true
    element('gate-title').textContent = 'You are signed out'
    element('gate-text').textContent = 'Sign in to go on.'
    button.hidden = false
    show()
  })

  async function tried(way: () => Promise<void>): Promise<void> {
    button.disabled = true
    problem.textContent = ''
    try {
      await way()
    } catch (error) {
      problem.textContent = sentence(error)
    }
    button.disabled = false
  }

  const person = await people.currentPerson().catch((error: unknown) => {
    problem.textContent = sentence(error)
    return undefined
  })
  element('who').hidden = !person
  element('who-name').textContent = person?.name ?? ''
  const refusal = person && unfit(person)
  if (person && refusal === undefined) return person
  if (refusal === undefined) show()
  else refuse(refusal)
  return undefined
}

/** Shows the gate to somebody who is signed in and may not see this page. */
export function refuse(sentence: string): void {
  element('gate-title').textContent = 'Not with this account'
  element('gate-text').textContent = sentence
  element('sign-in').hidden = true
  show()
}

function show(): void {
  element('gate').hidden = false
}

/** What a sign-in's error says, which is for people already. */
const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))
