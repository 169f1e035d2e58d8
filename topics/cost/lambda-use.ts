/**
 * Lambda invocations that topics and visits cause, and how long they last: assumptions, each with its reason, until you
 * have measured your own.
 *
 * @module
 */

/** serverless.yml's memorySize, GB. */
const memoryGb = 0.5

/** Assumed duration of one invocation, ms, cold starts aside. Nothing here was measured on AWS. */
const assumedMs = {
  /** Verifies nothing itself (AWS did) and compiles a policy: CPU only. */
  authorizer: 10,
  /** One conditional write and one signature. */
  session: 30,
  /** One or two reads of the table. */
  history: 30,
  /** Two reads, one publish, one write; waiting for the pace is added. */
  broadcast: 60,
} as const

export interface LambdaUse {
  readonly invocations: number
  readonly gbSeconds: number
}

export const noLambda: LambdaUse = { invocations: 0, gbSeconds: 0 }

const use = (invocations: number, ms: number): LambdaUse => ({
  invocations,
  gbSeconds: (invocations * ms * memoryGb) / 1000,
})

export function addLambda(...all: readonly LambdaUse[]): LambdaUse {
  return {
    invocations: all.reduce((sum, { invocations }) => sum + invocations, 0),
    gbSeconds: all.reduce((sum, { gbSeconds }) => sum + gbSeconds, 0),
  }
}

/** A visit's connection: the session, the authorizer, and one page of history for each feed it joins. */
export function joiningLambda(connections: number, feeds: number): LambdaUse {
  return addLambda(
    use(connections, assumedMs.session),
    use(connections, assumedMs.authorizer),
    use(connections * feeds, assumedMs.history),
  )
}

/**
 * Broadcasting: one invocation a message, at the most. It waits for the pace inside the invocation, so a topic that is
 * always at its pace keeps one running; the share of messages that wait is that of a pace that is taken.
 */
export function publishingLambda(messages: number, perSecond: number, paceSeconds: number): LambdaUse {
  const waiting = Math.min(1, perSecond * paceSeconds) * paceSeconds * 1000
  return use(messages, assumedMs.broadcast + waiting)
}
