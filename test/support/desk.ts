/** The support desk of a test's stack: a help desk that notifies it, and agents who look at their inbox. */
import { connect } from '../../client/index.ts'
import { agentSuggestions, type Suggestion } from '../../topics/agent-suggestions.ts'
import { developmentIntercomSecret, developmentStaffToken } from '../../local/options.ts'
import { helpDesk, type HelpDesk } from '../../scripts/conversations/help-desk.ts'
import { notify } from '../../scripts/conversations/notify.ts'
import { seedDesk } from '../../scripts/conversations/seed.ts'
import { httpClient } from '../../scripts/replay/post.ts'
import { signInAs } from './sign-in.ts'

export interface TestDesk extends AsyncDisposable {
  readonly desk: HelpDesk
  /** Posts a notification, signed, until it is answered; answers the status. */
  notify(body: string): Promise<number>
}

/** Makes agents and saved replies, and stands for Intercom. */
export async function testDesk(site: string, run = '7'): Promise<TestDesk> {
  const client = httpClient(site, 32)
  await seedDesk(client, developmentStaffToken)
  const retrying = { onRetry: () => undefined, giveUpAfterMs: 20_000 }
  return {
    desk: helpDesk({ now: Date.now, run }),
    notify: async (body) => (await notify(client, body, developmentIntercomSecret, retrying)).status,
    async [Symbol.asyncDispose]() {
      client.close()
    },
  }
}

export interface TestAgent extends AsyncDisposable {
  readonly agentId: string
  /** Suggestions in the order they came in; one that came again after a reconnect is in it once more. */
  readonly seen: readonly {
    readonly suggestion: Suggestion
    readonly sequence: number
    readonly at: number
  }[]
  /** What is in the inbox now. */
  items(): readonly Suggestion[]
  readonly unread: number | undefined
  outcome(suggestionId: string, body: object): Promise<{ status: number; body: Record<string, unknown> }>
  readonly client: ReturnType<typeof connect>
}

/** An agent's page: the real client, signed in. */
export async function testAgent(site: string, agentId: string): Promise<TestAgent> {
  const { session, headers } = await signInAs(site, agentId)
  const client = connect({
    api: site,
    session: async () => session,
    backoffBaseMs: 50,
    backoffMaxMs: 500,
    recoveryJitterMs: 50,
    onProblem: () => {},
  })
  const seen: { suggestion: Suggestion; sequence: number; at: number }[] = []
  const inbox = client.inbox(agentSuggestions, { agentId })
  const reading = (async () => {
    for await (const { value, sequence } of inbox)
      seen.push({ suggestion: value, sequence, at: performance.now() })
  })()
  return {
    agentId,
    seen,
    client,
    items: () => inbox.items.map(({ value }) => value),
    get unread() {
      return inbox.unread
    },
    async outcome(suggestionId, body) {
      const answer = await fetch(`${site}/suggestions/${suggestionId}/outcome`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
    },
    async [Symbol.asyncDispose]() {
      client.close()
      await reading
    },
  }
}
