/** Somebody to be while one develops. */
export interface DevelopmentPerson {
  /** The ID token's `sub`, and the claim `preferred_username`. */
  readonly subject: string
  readonly name: string
  /** What they are here for, for the page where one picks. */
  readonly about: string
  /** The claims `roles` and, for who has one, `agentId`. */
  readonly roles: readonly string[]
  readonly agentId?: string
}

/** Who may be picked on the local stack. */
export const developmentPeople: readonly DevelopmentPerson[] = [
  { subject: 'ada', name: 'Ada', about: 'answers customers', roles: ['agent'], agentId: 'ada' },
  { subject: 'ben', name: 'Ben', about: 'answers customers', roles: ['agent'], agentId: 'ben' },
  { subject: 'sam', name: 'Sam', about: 'runs the programme', roles: ['staff'] },
  {
    subject: 'lee',
    name: 'Lee',
    about: 'leads the desk, and answers customers too',
    roles: ['agent', 'staff'],
    agentId: 'lee',
  },
]
