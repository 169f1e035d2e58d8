/**
 * Conversations and suggestions in DynamoDB, with the inboxes and the feed that tell of them: one transaction changes
 * all of it. What to change is desk-plan.ts's to say.
 *
 * @module
 */
import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb'
import { agentSuggestions, type Suggestion } from '../../topics/agent-suggestions.ts'
import { topicOf, writeSequence } from '../../topics/contract/index.ts'
import { staffEscalations } from '../../topics/staff-escalations.ts'
import type { Trace } from '../platform/bus/trace.ts'
import { type Item, stringOf } from '../platform/dynamodb.ts'
import { dynamoDbInbox, inboxWriteItems } from '../platform/dynamodb-inbox.ts'
import { getItems, writeIfUnmoved } from '../platform/dynamodb-items.ts'
import { readHeads, topicWriteItems } from '../platform/dynamodb-live-table.ts'
import { type InboxBefore, type InboxWrite, inboxWriter } from '../platform/inbox-writes.ts'
import { topicWriter, type TopicWrite } from '../platform/live-table.ts'
import {
  adminKey,
  conversationKey,
  putConversation,
  putSuggestion,
  readConversationItem,
  readSuggestionItem,
  suggestionKey,
} from './desk-items.ts'
import type { DeskChange, DeskState } from './desk-plan.ts'
import { replyKey } from './dynamodb-replies.ts'
import { shorten } from './intercom/plain-text.ts'
import { keyedLock } from './keyed-lock.ts'
import type { SuggestionRecord } from './suggestion.ts'

/** Characters of a message in an agent's inbox: the contract's. */
const shownLength = 300

export interface DeskStore {
  /** A conversation, what waits in it and whose it is, strongly read; undefined when nothing is known of it. */
  read(conversationId: string): Promise<DeskState | undefined>
  suggestion(suggestionId: string): Promise<SuggestionRecord | undefined>
  /** Whether there is such a saved reply, strongly read. */
  hasReply(replyId: string): Promise<boolean>
  /** All of the change and `beside`, or nothing: `moved` when something is not as read, or another is in the way. */
  commit(
    change: DeskChange,
    beside: readonly TransactWriteItem[],
    trace?: Trace,
  ): Promise<'written' | 'moved'>
}

/** Names of the two tables. */
export interface DeskTables {
  readonly desk: string
  readonly live: string
}

/** The desk over its tables; `now` in ms since 1970. */
export function dynamoDbDesk(client: DynamoDBClient, tables: DeskTables, now: () => number): DeskStore {
  const inbox = dynamoDbInbox(client, tables.live)
  // Outlives a request: whose turn it is to write an inbox.
  const inTurn = keyedLock()

  return {
    async read(conversationId) {
      const [found] = await getItems(client, tables.desk, [conversationKey(conversationId)])
      if (!found) return undefined
      const conversation = readConversationItem(found)
      const { suggestionId, adminId } = conversation
      const keys: Item[] = []
      if (suggestionId !== undefined) keys.push(suggestionKey(suggestionId))
      if (adminId !== undefined) keys.push(adminKey(adminId))
      const items = keys.length === 0 ? [] : await getItems(client, tables.desk, keys)
      const of = (sk: string): Item | undefined => items.find((item) => item['sk']?.S === sk)
      const [pending, admin] = [of('suggestion'), of('admin')]
      return {
        conversation,
        pending: pending && readSuggestionItem(pending),
        agentId: admin && stringOf(admin, 'agentId'),
      }
    },

    async suggestion(suggestionId) {
      const [found] = await getItems(client, tables.desk, [suggestionKey(suggestionId)])
      return found && readSuggestionItem(found)
    },

    async hasReply(replyId) {
      return (await getItems(client, tables.desk, [replyKey(replyId)])).length > 0
    },

    async commit(change, beside, trace) {
      const { leaves, enters, tells, untells } = change
      const agents = new Set([leaves?.agentId, enters?.agentId].filter((agentId) => agentId !== undefined))
      const feed = tells || untells.length > 0 ? [topicOf(staffEscalations, {})] : []
      const lines = [...[...agents].map((agentId) => topicOf(agentSuggestions, { agentId })), ...feed]
      return inTurn(lines, async () => {
        const at = now()
        const [befores, heads] = await Promise.all([
          Promise.all(
            [...agents].map(async (agentId) => [agentId, await readInbox(agentId, change, at)] as const),
          ),
          feed.length > 0 ? readHeads(client, tables.live, feed) : undefined,
        ])
        const written = writeTopics(change, new Map(befores), heads?.get(feed[0] ?? ''), at, trace)
        return writeIfUnmoved(client, [
          putConversation(tables.desk, change.conversation, at),
          ...written.records.map((record) => putSuggestion(tables.desk, record, at)),
          ...written.inboxes.flatMap((write) => inboxWriteItems(tables.live, write)),
          ...topicWriteItems(tables.live, written.topics),
          ...beside,
        ])
      })
    },
  }

  function readInbox(agentId: string, { leaves }: DeskChange, at: number): Promise<InboxBefore | undefined> {
    const names =
      leaves?.agentId === agentId ? { epoch: leaves.epoch, sequences: [leaves.sequence] } : undefined
    return inbox.read(topicOf(agentSuggestions, { agentId }), at, names)
  }
}

/** The change as writes of the live table, and its records with where they are then. */
function writeTopics(
  { records, leaves, enters, tells, untells }: DeskChange,
  befores: ReadonlyMap<string, InboxBefore | undefined>,
  feed: Parameters<ReturnType<typeof topicWriter>['append']>[3],
  now: number,
  trace: Trace | undefined,
): {
  readonly records: readonly SuggestionRecord[]
  readonly inboxes: readonly InboxWrite[]
  readonly topics: readonly TopicWrite[]
} {
  const at = new Date(now).toISOString()
  const writer = inboxWriter({ at, trace })
  const byId = new Map(records.map((record) => [record.suggestionId, record]))
  const inboxes: InboxWrite[] = []
  const entering = enters && byId.get(enters.suggestionId)
  if (leaves && leaves.agentId !== enters?.agentId) {
    const { agentId, sequence, by } = leaves
    inboxes.push(writer[by](agentSuggestions, { agentId }, [sequence], befores.get(agentId)))
  }
  if (enters && entering) {
    const { agentId } = enters
    const before = befores.get(agentId)
    const retract = leaves?.agentId === agentId ? [leaves.sequence] : []
    const write = writer.replace(
      agentSuggestions,
      { agentId },
      { add: [toSuggestion(entering)], retract },
      before,
    )
    const [sequence] = write.sequences
    if (sequence === undefined || !write.topic) throw new Error(`nothing came into the inbox of ${agentId}`)
    const placed = { agentId, epoch: write.topic.head.epoch, sequence }
    byId.set(entering.suggestionId, { ...entering, placed })
    inboxes.push(write)
  }
  const topics: TopicWrite[] = []
  const back = untells.filter(({ epoch }) => epoch === feed?.epoch)
  if (tells || back.length > 0) {
    const write = topicWriter({ at, trace }).append(
      staffEscalations,
      {},
      [
        ...back.map(({ sequence }) => ({ retracts: writeSequence(sequence) })),
        ...(tells ? [{ value: tells.escalation }] : []),
      ],
      feed,
    )
    topics.push(write)
    const told = tells && byId.get(tells.suggestionId)
    if (told) {
      const { epoch, sequence } = write.head
      byId.set(told.suggestionId, { ...told, told: { epoch, sequence } })
    }
  }
  return { records: [...byId.values()], inboxes, topics }
}

/** What the agent sees. */
function toSuggestion(record: SuggestionRecord): Suggestion {
  const { suggestionId, conversationId, customer, messages, replies, deadline } = record
  return {
    suggestionId,
    conversationId,
    ...(customer !== undefined && { customer }),
    conversation: messages.map(({ from, text, at }) => ({ from, text: shorten(text, shownLength), at })),
    replies: [...replies],
    deadline: new Date(deadline).toISOString(),
  }
}
