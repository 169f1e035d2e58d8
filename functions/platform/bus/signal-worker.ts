/**
 * Answers browsers: a signal with `reply` (docs/parts.md, *Signal*) comes from an IoT rule into a queue, and its answer
 * goes straight to the topic of who asked. Nothing is recorded: a browser that hears nothing asks again.
 *
 * The rule's SQL (version 2016-03-23), for a contract `agents/{agentId}/search`:
 *
 * ```sql
 * SELECT *, topic() AS topic, clientid() AS clientid, get_mqtt_property('response_topic') AS responsetopic,
 *   get_mqtt_property('correlation_data') AS correlationdata FROM 'agents/+/search'
 * ```
 *
 * @module
 */
import { readSignalMessage, replyMessage, replyTopicOf } from '../../../topics/contract/signal-message.ts'
import type { SignalContract } from '../../../topics/contract/contract.ts'
import { matchPattern } from '../../../topics/contract/pattern.ts'
import type { ReplyFault } from '../../../topics/contract/signal-message.ts'
import type { Invocation } from '../invocation.ts'
import type { Consumer } from './queue-message.ts'
import { answerOf } from './worker.ts'

/** A browser's request. */
export interface SignalRequest<Payload> {
  readonly value: Payload
  /** The topic's, which the policy let this client publish to. */
  readonly parameters: Readonly<Record<string, string>>
  readonly clientId: string
}

/** Publishes an answer at QoS 0, with the correlation data (base64) that the request had. */
export type AnswerBrowser = (answer: {
  readonly topic: string
  readonly payload: string
  readonly correlationData: string
}) => Promise<void>

/** What answers need. */
export interface SignalWorkerPorts {
  readonly answer: AnswerBrowser
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly newId: () => string
  /** How long a request is worth answering, seconds: as long as clients wait. Default: 10 */
  readonly patienceSeconds?: number
}

/**
 * The one consumer of a queue of signals. What a browser sends is its own word: an unfit request is answered with the
 * error `unfit-request`, and one that cannot be answered is let go, so that nobody fills a dead-letter queue from a page.
 * Thrown RequestErrors are the answer; what else is thrown, the queue brings again.
 */
export function signalWorker<Pattern extends string, Payload, Reply>(
  contract: SignalContract<Pattern, Payload, Reply>,
  handle: (request: SignalRequest<Payload>, invocation: Invocation) => Promise<Reply>,
  { answer, now, newId, patienceSeconds = 10 }: SignalWorkerPorts,
): Consumer {
  return {
    type: '*',
    async handle(body, invocation, record) {
      const asked = readAsked(body)
      const parameters = asked && matchPattern(contract.topic, asked.topic)
      if (!asked || !parameters) {
        invocation.log.count('SignalsUnanswerable')
        return
      }
      if (now() - Number(record.attributes.SentTimestamp) > patienceSeconds * 1000) {
        // Nobody waits any more.
        invocation.log.count('RequestsLate')
        return
      }
      const signal = readSignalMessage(contract, asked.event)
      const told: { readonly reply: Reply } | { readonly error: ReplyFault } =
        'problem' in signal
          ? { error: { code: 'unfit-request', message: signal.problem } }
          : await answerOf(() =>
              handle({ value: signal.message.value, parameters, clientId: asked.clientId }, invocation),
            )
      const head = { id: newId(), topic: asked.responseTopic, time: new Date(now()).toISOString() }
      const payload = { ...replyMessage(contract, head, told), traceparent: invocation.trace.traceparent }
      await answer({
        topic: asked.responseTopic,
        payload: JSON.stringify(payload),
        correlationData: asked.correlationData,
      })
    },
  }
}

interface Asked {
  readonly event: Record<string, unknown>
  readonly topic: string
  readonly clientId: string
  readonly responseTopic: string
  readonly correlationData: string
}

/** What the rule made of a publish; undefined when there is nowhere to answer to. */
function readAsked(body: string): Asked | undefined {
  let raw: unknown
  try {
    raw = JSON.parse(body)
  } catch {
    // A payload that is no JSON passes the rule as its bytes.
    return undefined
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined
  const { topic, clientid, responsetopic, correlationdata, ...event } = raw as Record<string, unknown>
  if (typeof topic !== 'string' || typeof clientid !== 'string' || typeof responsetopic !== 'string')
    return undefined
  // Without the property the payload's own word of that name stands here, and goes into a header.
  if (typeof correlationdata !== 'string' || !/^[A-Za-z0-9+/=]{4,64}$/.test(correlationdata)) return undefined
  if (!isOwnReplyTopic(responsetopic, clientid)) return undefined
  return { event, topic, clientId: clientid, responseTopic: responsetopic, correlationData: correlationdata }
}

/**
 * Whether a client may have its answer there: the response topic is its own word, and has to be that of one of its
 * session's two client IDs, `<principal>-<even>` and the next.
 */
export function isOwnReplyTopic(responseTopic: string, clientId: string): boolean {
  const [, principal, number] = /^([A-Za-z0-9]+)-(\d)$/.exec(clientId) ?? []
  if (principal === undefined) return false
  const even = Number(number) & ~1
  return [even, even + 1].some((id) => responseTopic === replyTopicOf(`${principal}-${id}`))
}
