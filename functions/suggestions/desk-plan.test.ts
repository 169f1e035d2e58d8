import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Conversation, isAnswered, newConversation, questionOf } from './conversation.ts'
import { type DeskChange, type DeskState, planOffer, planSettle } from './desk-plan.ts'
import type { Message } from './intercom/notification.ts'
import type { SuggestionRecord } from './suggestion.ts'

const found = { replyId: 'r', title: 't', text: 'x', why: { words: ['t'], taken: 0, dismissed: 0 } }
const admins: Readonly<Record<string, string>> = { '5011': 'ada', '5012': 'ben' }
const escalationSeconds = 300

/** What befalls a conversation: by the help desk, by time, and by whatever queue comes next. */
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('asks', 'answers', 'closes', 'opens', 'settles' as const) }),
  fc.record({
    kind: fc.constant('assigns' as const),
    adminId: fc.constantFrom('5011', '5012', '9999', undefined),
  }),
  fc.record({ kind: fc.constant('offers' as const), question: fc.nat(5), isFound: fc.boolean() }),
  fc.record({ kind: fc.constant('waits' as const), seconds: fc.integer({ min: 1, max: 400 }) }),
)

/** The desk's tables, as far as the rules go. */
class Desk {
  conversation: Conversation = newConversation('1')
  readonly records = new Map<string, SuggestionRecord>()
  /** Items of inboxes and entries of the escalations that stand, by their sequence. */
  readonly inboxes = new Map<number, { readonly agentId: string; readonly suggestionId: string }>()
  readonly told = new Map<number, string>()
  now = Date.UTC(2026, 0, 1)
  sequence = 0

  get state(): DeskState {
    const { suggestionId, adminId } = this.conversation
    return {
      conversation: this.conversation,
      pending: suggestionId === undefined ? undefined : this.records.get(suggestionId),
      agentId: adminId === undefined ? undefined : admins[adminId],
    }
  }

  write(change: DeskChange | undefined): void {
    if (!change) return
    if (change.conversation.version !== this.conversation.version + 1) throw new Error('no next version')
    this.conversation = change.conversation
    for (const record of change.records) this.records.set(record.suggestionId, record)
    if (change.leaves) {
      // What leaves is there, and leaves the inbox that it is in.
      const { agentId, sequence } = change.leaves
      if (this.inboxes.get(sequence)?.agentId !== agentId)
        throw new Error(`${agentId} has no item ${sequence}`)
      this.inboxes.delete(sequence)
    }
    for (const { sequence } of change.untells)
      if (!this.told.delete(sequence)) throw new Error(`nothing was told as ${sequence}`)
    const at = ++this.sequence
    const position = { epoch: 'e', sequence: at }
    if (change.enters) {
      this.inboxes.set(at, change.enters)
      this.#amend(change.enters.suggestionId, { placed: { agentId: change.enters.agentId, ...position } })
    }
    if (change.tells) {
      this.told.set(at, change.tells.suggestionId)
      this.#amend(change.tells.suggestionId, { told: position })
    }
  }

  settle(): void {
    this.write(planSettle(this.state, this.now))
  }

  #amend(suggestionId: string, more: Partial<SuggestionRecord>): void {
    const record = this.records.get(suggestionId)
    if (!record) throw new Error(`no record of ${suggestionId}`)
    this.records.set(suggestionId, { ...record, ...more })
  }
}

function play(
  desk: Desk,
  steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[],
): void {
  const questions: string[] = []
  let messages = 0
  const say = (from: Message['from']): void => {
    const message = {
      messageId: `m${++messages}`,
      part: messages,
      from,
      text: 'words',
      at: '2026-01-01T00:00:00.000Z',
    }
    if (from === 'customer') questions.push(message.messageId)
    desk.conversation = { ...desk.conversation, messages: [...desk.conversation.messages, message].slice(-3) }
  }
  say('customer')
  for (const each of steps) {
    switch (each.kind) {
      case 'asks':
        say('customer')
        break
      case 'answers':
        say('agent')
        break
      case 'closes':
      case 'opens':
        desk.conversation = { ...desk.conversation, open: each.kind === 'opens' }
        break
      case 'assigns':
        desk.conversation = { ...desk.conversation, adminId: each.adminId }
        break
      case 'waits':
        desk.now += each.seconds * 1000
        break
      case 'settles':
        desk.settle()
        break
      case 'offers': {
        const messageId = questions.at(-1 - each.question) ?? ''
        const made = [...desk.records.values()].some((record) => record.messageId === messageId)
        const asked = { conversationId: '1', messageId, replies: each.isFound ? [found] : [] }
        if (!made) desk.write(planOffer(desk.state, asked, desk.now, escalationSeconds))
      }
    }
  }
}

it('whatever happened, in whichever order: one item at most, of the newest question, with whoever has the conversation', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const desk = new Desk()
      play(desk, steps)
      desk.settle()
      const { conversation, pending, agentId } = desk.state
      // Settled once is settled.
      expect(planSettle(desk.state, desk.now)).toBeUndefined()
      const isWanted = conversation.open && !isAnswered(conversation) && pending !== undefined
      const expected = isWanted && pending.replies.length > 0 && agentId !== undefined ? [agentId] : []
      expect([...desk.inboxes.values()].map((item) => item.agentId)).toEqual(expected)
      expect([...desk.records.values()].filter(({ status }) => status === 'pending').length).toBe(
        pending ? 1 : 0,
      )
      // Who was told of something is told of it once, and only of what escalated or nobody of ours has.
      const told = [...desk.told.values()]
      expect(new Set(told).size).toBe(told.length)
      for (const suggestionId of told) {
        const record = desk.records.get(suggestionId)
        const isNobodys = record?.status === 'pending' && agentId === undefined
        expect([record?.status === 'escalated', isNobodys]).toContain(true)
      }
    }),
    { numRuns: 2000 },
  )
})

it('a newest question that is offered waits, unless the conversation is closed or answered', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const desk = new Desk()
      play(desk, steps)
      const question = questionOf(desk.conversation)
      const made = [...desk.records.values()].some(({ messageId }) => messageId === question?.messageId)
      const asked = { conversationId: '1', messageId: question?.messageId ?? '', replies: [found] }
      if (!made) desk.write(planOffer(desk.state, asked, desk.now, escalationSeconds))
      const wanted = !made && question && desk.conversation.open && !isAnswered(desk.conversation)
      expect([desk.state.pending?.messageId === question?.messageId, !wanted]).toContain(true)
    }),
    { numRuns: 1000 },
  )
})
