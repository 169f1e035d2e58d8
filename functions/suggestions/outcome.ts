/**
 * POST /suggestions/{suggestionId}/outcome: what an agent did with a suggestion. One transaction settles it, takes the
 * item out of the inbox on every tab and device, and tells whoever learns from it.
 *
 * @module
 */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb'
import { ulid } from 'ulid'
import * as v from 'valibot'
import { backoffMs } from '../platform/backoff.ts'
import { makeEvent } from '../platform/bus/event.ts'
import { outboxItem } from '../platform/bus/outbox.ts'
import type { Trace } from '../platform/bus/trace.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'
import { cleanText, textField } from '../platform/text-fields.ts'
import type { Time } from '../platform/time.ts'
import { unfitBody } from '../platform/unfit-body.ts'
import { planAnswer } from './desk-plan.ts'
import type { DeskStore } from './dynamodb-desk.ts'
import { suggestionAnswered } from './events.ts'
import { type Answer, type Outcome, outcomes, readSuggestionId, type SuggestionRecord } from './suggestion.ts'

/** Characters of an edited reply. */
const textLength = 4000

const replyId = v.pipe(v.string('must be the ID of a saved reply'), v.maxLength(64))
const outcomeSchema = v.variant(
  'outcome',
  [
    v.object({ outcome: v.literal('accepted'), replyId }),
    v.object({
      outcome: v.literal('edited'),
      replyId,
      text: v.pipe(
        textField(`must be a text of 1 to ${textLength} characters`, textLength, cleanText),
        v.minLength(1, `must be a text of 1 to ${textLength} characters`),
      ),
    }),
    v.object({ outcome: v.literal('dismissed') }),
  ],
  `must be ${outcomes.join(', ')}`,
)

export interface OutcomePorts {
  readonly desk: DeskStore
  /** The desk's, with an outbox. */
  readonly table: string
  readonly time: Time
  /** 0 up to 1. */
  readonly random: () => number
}

export interface OutcomeRequest {
  readonly suggestionId: string | undefined
  /** The agent that the session says. */
  readonly agentId: string | undefined
  readonly body: unknown
  readonly trace: Trace
}

/** The answer: what is recorded. */
export interface OutcomeAnswer {
  readonly suggestionId: string
  readonly outcome: Outcome
  /** RFC 3339. */
  readonly at: string
}

/** Attempts at an inbox that others write as well. */
const attemptsMax = 15

/**
 * Records what the agent did, once: the same again has the same answer. Throws ProblemError 400, 403 for who is no
 * agent, 404 for a suggestion that is not theirs, 409 for one that was settled otherwise, 503.
 */
export async function recordOutcome(request: OutcomeRequest, ports: OutcomePorts): Promise<OutcomeAnswer> {
  const { agentId, trace } = request
  if (agentId === undefined) throw noAgent()
  const suggestionId = readSuggestionId(request.suggestionId)
  if (suggestionId === undefined) throw unknown(request.suggestionId)
  const wanted = readOutcome(request.body)
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const record = await ports.desk.suggestion(suggestionId)
    if (!record || (record.placed ?? record.answer)?.agentId !== agentId)
      throw missing(record, agentId, suggestionId)
    if (record.answer) return repeated(record, record.answer, wanted)
    const { placed } = record
    const state = await ports.desk.read(record.conversationId)
    // Between the two reads it was settled or moved: looked at anew.
    if (placed && state?.conversation.suggestionId === suggestionId) {
      const at = ports.time.now()
      await checkReply(wanted, record, ports.desk)
      const answer = answerOf(wanted, agentId, new Date(at).toISOString())
      const change = planAnswer(state.conversation, { ...record, placed }, wanted.outcome, answer)
      const beside = [tellOutcome(record, wanted.outcome, answer, at, trace, ports.table)]
      if ((await ports.desk.commit(change, beside, trace)) === 'written')
        return { suggestionId, outcome: wanted.outcome, at: answer.at }
    }
    await ports.time.sleep(backoffMs(attempt, { baseMs: 10, capMs: 200 }, ports.random))
  }
  throw new ProblemError({
    status: 503,
    code: 'inbox-busy',
    title: 'The inbox is busy',
    detail: `others wrote the inbox of ${agentId} at each of ${attemptsMax} attempts`,
    remedy: 'send the same again in a moment: it is recorded once',
    headers: { 'retry-after': '1' },
  })
}

type Wanted = v.InferOutput<typeof outcomeSchema>

function readOutcome(body: unknown): Wanted {
  const result = v.safeParse(outcomeSchema, body)
  if (result.success) return result.output
  throw unfitBody(result.issues, {
    code: 'outcome-unfit',
    title: 'This is no outcome',
    remedy:
      'send { outcome: accepted, replyId }, { outcome: edited, replyId, text } or { outcome: dismissed }',
  })
}

/** A reply that was suggested, or that the agent found: one that was suggested may be taken out meanwhile. */
async function checkReply(wanted: Wanted, { replies }: SuggestionRecord, desk: DeskStore): Promise<void> {
  if (wanted.outcome === 'dismissed') return
  const { replyId: taken } = wanted
  if (replies.some((reply) => reply.replyId === taken) || (await desk.hasReply(taken))) return
  throw new ProblemError({
    status: 400,
    code: 'reply-unknown',
    title: 'No such saved reply',
    detail: `replyId is ${quoteValue(taken)}; suggested were ${replies.map((reply) => reply.replyId).join(', ')}`,
    remedy: 'name a reply of the suggestion, or a saved reply that was found by searching',
  })
}

function answerOf(wanted: Wanted, agentId: string, at: string): Answer {
  if (wanted.outcome === 'dismissed') return { agentId, at }
  return {
    agentId,
    replyId: wanted.replyId,
    ...(wanted.outcome === 'edited' && { text: wanted.text }),
    at,
  }
}

function tellOutcome(
  { suggestionId, replies }: SuggestionRecord,
  outcome: Outcome,
  { agentId, replyId: taken, at }: Answer,
  now: number,
  trace: Trace,
  table: string,
): TransactWriteItem {
  const event = makeEvent(
    suggestionAnswered,
    {
      suggestionId,
      agentId,
      outcome,
      ...(taken !== undefined && { replyId: taken }),
      suggested: replies.map((reply) => reply.replyId),
    },
    { id: ulid(now), time: at, subject: suggestionId, trace },
  )
  return outboxItem(event, table, now)
}

/** It was answered by this agent: the same again, or something else. */
function repeated(record: SuggestionRecord, answer: Answer, wanted: Wanted): OutcomeAnswer {
  const same =
    record.status === wanted.outcome &&
    (wanted.outcome === 'dismissed' || wanted.replyId === answer.replyId) &&
    (wanted.outcome !== 'edited' || wanted.text === answer.text)
  if (same) return { suggestionId: record.suggestionId, outcome: wanted.outcome, at: answer.at }
  throw settledOtherwise(record, `it was ${record.status} at ${answer.at}`)
}

/** Why there is nothing for this agent to answer. Whose it is otherwise, is not told. */
function missing(record: SuggestionRecord | undefined, agentId: string, suggestionId: string): ProblemError {
  const was = record?.wasWith === agentId && record.status !== 'pending' && !record.answer
  return record && was ? settledOtherwise(record, `it is ${record.status}`) : unknown(suggestionId)
}

function settledOtherwise({ suggestionId }: SuggestionRecord, how: string): ProblemError {
  return new ProblemError({
    status: 409,
    code: 'suggestion-settled',
    title: 'The suggestion was settled before',
    detail: `${suggestionId}: ${how}`,
    remedy: 'show what the inbox says; there is nothing left to do',
  })
}

function unknown(suggestionId: string | undefined): ProblemError {
  return new ProblemError({
    status: 404,
    code: 'suggestion-unknown',
    title: 'No such suggestion',
    detail: `no suggestion ${quoteValue(suggestionId)} is in your inbox`,
    remedy: 'answer a suggestion of your own inbox by its suggestionId',
  })
}

function noAgent(): ProblemError {
  return new ProblemError({
    status: 403,
    code: 'no-agent',
    title: 'Suggestions are for agents',
    detail: 'the session has no agentId',
    remedy: 'sign in as an agent of the desk',
  })
}
