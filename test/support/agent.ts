/** An agent's devices on the real stack: sessions signed with the stack's own key, and what each device is handed. */
import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Client,
  type ClientOptions,
  connect,
  type InboxItem,
  type InboxTopic,
} from '../../client/index.ts'
import { bearerOf, type Session } from '../../client/session.ts'
import { makeToken } from '../../functions/platform/session-token/token.ts'
import { signToken } from '../../functions/platform/session-token/token-signature.ts'
import { agentSuggestions, type Suggestion } from '../../topics/agent-suggestions.ts'
import { type Claims, clientIdsOf, type InboxPage } from '../../topics/contract/index.ts'
import type { TestStack } from './stack.ts'

/** A session as `POST /session` would answer it to somebody with these claims. */
export async function sessionOf(
  stack: Pick<TestStack, 'dataDir' | 'urls'>,
  claims: Claims,
  seconds = 3600,
): Promise<Session> {
  const issuedAt = Math.floor(Date.now() / 1000)
  const expiresAt = issuedAt + seconds
  const token = makeToken({ claims, issuedAt, expiresAt })
  const key = createPrivateKey(readFileSync(join(stack.dataDir, 'keys', 'current.pem')))
  return {
    endpoint: stack.urls.mqtt,
    authorizer: 'fanfare-dev',
    tokenKey: 'token',
    token,
    signature: await signToken(token, key),
    clientIds: clientIdsOf(claims.principal, claims.seat),
    principal: claims.principal,
    expiresAt,
  }
}

/** Claims of an agent; each of an agent's devices has a seat of its own. */
export const agentClaims = (agentId: string, seat = 0): Claims => ({
  principal: `agent${agentId}`,
  signedIn: true,
  roles: ['agent'],
  values: { agentId },
  ...(seat > 0 ? { seat } : {}),
})

/** A suggestion that fits its contract. */
export const aSuggestion = (suggestionId: string): Suggestion => ({
  suggestionId,
  conversationId: `c-${suggestionId}`,
  conversation: [{ from: 'customer', text: 'Where is my receipt?', at: '2026-11-21T10:00:00.000Z' }],
  replies: [
    {
      replyId: 'r1',
      title: 'Receipts',
      text: 'A receipt comes by e-mail within a minute.',
      why: { words: ['receipt'], taken: 3, dismissed: 1 },
    },
  ],
  deadline: '2026-11-21T10:05:00.000Z',
})

/** What is unhandled, by HTTP. */
export async function readInboxPage(
  stack: Pick<TestStack, 'dataDir' | 'urls'>,
  agentId: string,
): Promise<InboxPage<Suggestion>> {
  const authorization = bearerOf(await sessionOf(stack, agentClaims(agentId)))
  const topic = encodeURIComponent(`agents/${agentId}/suggestions`)
  const answer = await fetch(`${stack.urls.site}/inbox?topic=${topic}`, { headers: { authorization } })
  if (!answer.ok) throw new Error(`GET /inbox answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as InboxPage<Suggestion>
}

/** One device, or one tab of it. */
export interface TestDevice extends AsyncDisposable {
  readonly client: Client
  readonly inbox: InboxTopic<Suggestion>
  /** What it was handed, in order: `time` counts the times that its connection came back. */
  readonly handed: readonly {
    readonly sequence: number
    readonly suggestionId: string
    readonly time: number
  }[]
  readonly denied: boolean
}

export interface TestDeviceOptions extends Partial<ClientOptions> {
  readonly seat?: number
  /** Whose session it has. Default: the agent's own. */
  readonly claims?: Claims
  /** What the device does with an item that it is handed. */
  readonly act?: (item: InboxItem<Suggestion>) => void
}

export function testDevice(
  stack: Pick<TestStack, 'dataDir' | 'urls'>,
  agentId: string,
  { seat = 0, claims = agentClaims(agentId, seat), act, ...options }: TestDeviceOptions = {},
): TestDevice {
  let time = 0
  let denied = false
  const handed: { sequence: number; suggestionId: string; time: number }[] = []
  const client = connect({
    api: stack.urls.site,
    session: () => sessionOf(stack, claims),
    backoffBaseMs: 50,
    backoffMaxMs: 500,
    onProblem: () => {},
    ...options,
  })
  client.on('status', ({ state }) => {
    if (state === 'offline') time += 1
  })
  const inbox = client.inbox(agentSuggestions, { agentId }, { onError: () => (denied = true) })
  const reading = (async () => {
    for await (const item of inbox) {
      handed.push({ sequence: item.sequence, suggestionId: item.value.suggestionId, time })
      act?.(item)
    }
  })().catch(() => {
    // Denied: `denied` says so.
  })
  return {
    client,
    inbox,
    handed,
    get denied() {
      return denied
    },
    async [Symbol.asyncDispose]() {
      client.close()
      await reading
    },
  }
}
