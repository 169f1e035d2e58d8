/**
 * What waits for an agent, as a queue of which one conversation is chosen. Every rule of it; no clock, no page.
 *
 * @module
 */
import type { InboxItem } from '../../client/index.ts'
import type { Suggestion } from '../../topics/agent-suggestions.ts'
import type { Outcome } from './outcome.ts'

/** Rows that are shown; the others come as these are answered. */
export const rowsMax = 200

export interface Waiting {
  /** The suggestion's id. */
  readonly id: string
  readonly suggestion: Suggestion
  /** When it was written and when it is due, ms since 1970. */
  readonly since: number
  readonly deadline: number
}

/** A reply that is being edited. */
export interface Draft {
  /** The saved reply it began as, and what that is called. */
  readonly replyId: string
  readonly title: string
  readonly text: string
}

export interface Queue {
  /** The soonest deadline first. */
  readonly waiting: readonly Waiting[]
  /** What is shown; one that is no longer waiting while its draft is kept. */
  readonly chosen: Waiting | undefined
  /** Of what is chosen. */
  readonly draft: Draft | undefined
  /** Answers on their way, by the suggestion's id. */
  readonly sending: ReadonlyMap<string, Outcome>
  /** Answered, and the inbox has not told it yet. */
  readonly answered: ReadonlySet<string>
  /** Why an answer was not taken, by the suggestion's id. */
  readonly refused: ReadonlyMap<string, string>
}

export const emptyQueue: Queue = {
  waiting: [],
  chosen: undefined,
  draft: undefined,
  sending: new Map(),
  answered: new Set(),
  refused: new Map(),
}

/** An inbox's items as they wait, the soonest deadline first; one that came earlier before one of the same deadline. */
function waitingOf(items: readonly InboxItem<Suggestion>[]): Waiting[] {
  return items
    .map(({ value, at }) => ({
      id: value.suggestionId,
      suggestion: value,
      since: Date.parse(at),
      deadline: Date.parse(value.deadline),
    }))
    .sort((a, b) => a.deadline - b.deadline)
}

/** Those an agent can still answer. */
export const open = ({ waiting, sending, answered }: Queue): readonly Waiting[] =>
  waiting.filter(({ id }) => !sending.has(id) && !answered.has(id))

/** What is chosen, unless it is no longer there to be answered. */
export const answerable = (queue: Queue): Waiting | undefined =>
  open(queue).find(({ id }) => id === queue.chosen?.id)

/** The inbox changed. What is chosen stays while its conversation waits; a draft is never thrown away. */
export function received(queue: Queue, items: readonly InboxItem<Suggestion>[]): Queue {
  const waiting = waitingOf(items)
  const present = new Set(waiting.map(({ id }) => id))
  const next: Queue = {
    ...queue,
    waiting,
    answered: new Set([...queue.answered].filter((id) => present.has(id))),
    refused: new Map([...queue.refused].filter(([id]) => present.has(id))),
  }
  return settle(next, queue)
}

/** Chooses one that waits; a draft of another is given up. */
export function choose(queue: Queue, id: string): Queue {
  const chosen = open(queue).find((waiting) => waiting.id === id)
  if (!chosen || chosen.id === queue.chosen?.id) return queue
  return { ...queue, chosen, draft: undefined }
}

/** Chooses the next one, or the one before; at either end, nothing changes. */
export function move(queue: Queue, by: 1 | -1): Queue {
  const rows = open(queue).slice(0, rowsMax)
  const at = rows.findIndex(({ id }) => id === queue.chosen?.id)
  const next = at === -1 ? rows[0] : rows[at + by]
  return next ? choose(queue, next.id) : queue
}

/** Begins, changes or ends a draft of what is chosen. */
export const draft = (queue: Queue, draft: Draft | undefined): Queue =>
  settle({ ...queue, draft: queue.chosen && draft }, queue)

/** The answer to what is chosen is on its way; the next one is chosen. */
export function sending(queue: Queue, outcome: Outcome): Queue {
  const { chosen } = queue
  if (!chosen || !answerable(queue)) return queue
  const next: Queue = {
    ...queue,
    draft: undefined,
    sending: new Map(queue.sending).set(chosen.id, outcome),
    refused: without(queue.refused, chosen.id),
  }
  return settle(next, queue)
}

/** What became of an answer: `refused` says why it was not taken, and it waits again. */
export function sent(queue: Queue, id: string, refused?: string): Queue {
  const waits = queue.waiting.some((waiting) => waiting.id === id)
  const next: Queue = {
    ...queue,
    sending: without(queue.sending, id),
    answered: refused === undefined && waits ? new Set(queue.answered).add(id) : queue.answered,
    refused: refused !== undefined && waits ? new Map(queue.refused).set(id, refused) : queue.refused,
  }
  return settle(next, queue)
}

/** Chooses anew when what was chosen can no longer be: the next in the order that was seen. */
function settle(next: Queue, before: Queue): Queue {
  const { chosen } = next
  const rows = open(next)
  const same = rows.find(({ id }) => id === chosen?.id) ?? rows.find(isSuccessorOf(chosen))
  if (same) return { ...next, chosen: same }
  if (chosen && next.draft) return next
  const seen = before.waiting.map(({ id }) => id)
  const after = new Set(seen.slice(seen.indexOf(chosen?.id ?? '') + 1))
  return { ...next, chosen: (chosen && rows.find(({ id }) => after.has(id))) ?? rows[0], draft: undefined }
}

/** Whether one stands in another's place: the customer wrote again, and has another suggestion. */
const isSuccessorOf =
  (former: Waiting | undefined) =>
  ({ id, suggestion }: Waiting): boolean =>
    id !== former?.id && suggestion.conversationId === former?.suggestion.conversationId

function without<Value>(map: ReadonlyMap<string, Value>, key: string): ReadonlyMap<string, Value> {
  const rest = new Map(map)
  rest.delete(key)
  return rest
}
