import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Conversation, type Happened, newConversation, takeNotice } from './conversation.ts'
import type { ConversationTopic, Message, Notice } from './intercom/notification.ts'

/** One change of a conversation, and whether it comes in the second of the one before. */
const changes = fc.array(
  fc.record({
    kind: fc.constantFrom('customer', 'agent', 'assign', 'unassign', 'close', 'reopen'),
    sameSecond: fc.boolean(),
    adminId: fc.constantFrom('5011', '5012', '9999'),
  }),
  { maxLength: 8 },
)

const topics: Readonly<Record<string, ConversationTopic>> = {
  customer: 'conversation.user.replied',
  agent: 'conversation.admin.replied',
  assign: 'conversation.admin.assigned',
  unassign: 'conversation.admin.assigned',
  close: 'conversation.admin.closed',
  reopen: 'conversation.admin.opened',
}

/** What a help desk would notify of, in order: each carries the whole state along. */
function historyOf(wanted: readonly { kind: string; sameSecond: boolean; adminId: string }[]): Notice[] {
  let second = 1_767_600_000
  let open = true
  let adminId: string | undefined
  const opening = { kind: 'open', sameSecond: false, adminId: '' }
  return [opening, ...wanted].map(({ kind, sameSecond, adminId: other }, part): Notice => {
    if (!sameSecond) second++
    if (kind === 'assign') adminId = other
    if (kind === 'unassign') adminId = undefined
    if (kind === 'customer' || kind === 'reopen') open = true
    if (kind === 'close') open = false
    const from = kind === 'agent' ? 'agent' : 'customer'
    const at = new Date(second * 1000).toISOString()
    const place = part === 0 ? 0 : 1000 + part
    const message: Message = { messageId: String(1000 + part), part: place, from, text: `words ${part}`, at }
    return {
      notificationId: `n${part}`,
      topic: topics[kind] ?? 'conversation.user.created',
      createdAt: second * 1000,
      conversationId: '1',
      moment: { at: second, part: place },
      customer: 'Maya',
      adminId,
      open,
      messages: ['open', 'customer', 'agent'].includes(kind) ? [message] : [],
    }
  })
}

function takeAll(notices: readonly Notice[]): { conversation: Conversation; happened: Happened[] } {
  let conversation = newConversation('1')
  const happened: Happened[] = []
  for (const notice of notices) {
    const taken = takeNotice(conversation, notice)
    conversation = taken.conversation
    happened.push(...taken.happened)
  }
  return { conversation, happened }
}

const facts = ({ adminId, open, messages, customer }: Conversation) => ({ adminId, open, messages, customer })

it('notifications in any order, some twice, come to what the help desk has', () => {
  fc.assert(
    fc.property(
      changes.chain((wanted) => {
        const history = historyOf(wanted)
        return fc.record({
          history: fc.constant(history),
          twice: fc.subarray(history),
        })
      }),
      fc.nat(),
      ({ history, twice }, seed) => {
        const mixed = shuffled([...history, ...twice], seed)
        expect(facts(takeAll(mixed).conversation)).toEqual(facts(takeAll(history).conversation))
        // And the last of them says what the help desk says.
        const last = history.at(-1)
        expect(facts(takeAll(mixed).conversation)).toMatchObject({ adminId: last?.adminId, open: last?.open })
      },
    ),
    { numRuns: 1000 },
  )
})

it('a question is told once, and never one that is older than a question known', () => {
  fc.assert(
    fc.property(changes, fc.nat(), (wanted, seed) => {
      const history = historyOf(wanted)
      const { happened } = takeAll(shuffled([...history, ...history], seed))
      const told = happened.flatMap((each) => (each.kind === 'message-received' ? [each.message] : []))
      expect(new Set(told.map(({ messageId }) => messageId)).size).toBe(told.length)
      const order = told.map(({ messageId }) => Number(messageId))
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      // The newest question is told, unless so much was said since that it is not kept.
      const kept = takeAll(history).conversation.messages.findLast(({ from }) => from === 'customer')
      expect(kept ? told.at(-1)?.messageId : undefined).toBe(kept?.messageId)
    }),
    { numRuns: 1000 },
  )
})

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  let state = seed + 1
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
  return items
    .map((item) => ({ item, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
