/**
 * Which event goes where: what serverless.yml wires and what the code says, put together, and where the two disagree.
 *
 * @module
 */
import type { Template, TemplateEvent, TemplateFunction, TemplateQueue } from '../../local/template/index.ts'
import { suggestion } from '../../loadtest/scenario/nearest.ts'
import type { CodeFacts, MessageType } from './code.ts'

/** A function and what makes it run. */
export interface MappedFunction {
  readonly key: string
  /** `POST /contact`, `every rate(1 minute)`, `stream of DeskTable`, `rule on agents/+/search`. */
  readonly triggers: readonly string[]
  /** Logical ids of the queues it consumes. */
  readonly queues: readonly string[]
  readonly makes: readonly string[]
  /** Undefined: it reads messages that no definition tells of. */
  readonly consumes: readonly string[] | undefined
  /** Topics and queues that its environment names, by logical id, other than through an outbox. */
  readonly sendsTo: readonly string[]
}

/** A queue. */
export interface MappedQueue {
  readonly id: string
  /** Where what fails too often goes. */
  readonly deadLetters: string | undefined
  /** Topics that fill it, with the types that the filter lets through; undefined: all. */
  readonly subscriptions: readonly { readonly topic: string; readonly types: readonly string[] | undefined }[]
  /** IoT rules that fill it, by their topic filter. */
  readonly rules: readonly string[]
  /** Keys of functions. */
  readonly consumers: readonly string[]
}

/** A type of message on its way. */
export interface MappedType extends MessageType {
  readonly makers: readonly string[]
  /** Queues that get it. */
  readonly queues: readonly string[]
}

/** Everything that goes somewhere. */
export interface BusMap {
  readonly functions: readonly MappedFunction[]
  readonly queues: readonly MappedQueue[]
  readonly types: readonly MappedType[]
  /** What is wrong, each with what to do. */
  readonly findings: readonly string[]
}

/** Puts the two together. */
export function mapBus(template: Template, code: CodeFacts): BusMap {
  const topicId = new Map(template.topics.map(({ arn, logicalId }) => [arn, logicalId]))
  const queueId = new Map(template.queues.map(({ arn, logicalId }) => [arn, logicalId]))
  // An environment names a topic by its ARN, a queue by its address.
  const ids = new Map([
    ...template.topics.map(({ arn, logicalId }) => [arn, logicalId] as const),
    ...template.queues.map(({ url, logicalId }) => [url, logicalId] as const),
  ])
  const consumersOf = (queue: TemplateQueue): TemplateFunction[] =>
    Object.values(template.functions).filter(({ events }) =>
      events.some((event) => event.type === 'sqs' && event.queueArn === queue.arn),
    )

  const functions = Object.values(template.functions).map((made): MappedFunction => ({
    key: made.key,
    triggers: made.events.flatMap((event) => triggerOf(event, template)),
    queues: made.events.flatMap((event) =>
      event.type === 'sqs' ? [queueId.get(event.queueArn) ?? event.queueArn] : [],
    ),
    makes: code.makes.get(made.key) ?? [],
    consumes: code.consumes.get(made.key),
    sendsTo: [...new Set(Object.values(made.environment).flatMap((value) => ids.get(value) ?? []))],
  }))
  const queues = template.queues.map((queue): MappedQueue => ({
    id: queue.logicalId,
    deadLetters: queue.redrive && queueId.get(queue.redrive.deadLetterTargetArn),
    subscriptions: template.subscriptions
      .filter(({ endpoint }) => endpoint === queue.arn)
      .map(({ topicArn, filterPolicy }) => ({
        topic: topicId.get(topicArn) ?? topicArn,
        types: typesOf(filterPolicy),
      })),
    rules: template.rules
      .filter(({ actions }) =>
        actions.some((action) => action.type === 'sqs' && action.queueUrl === queue.url),
      )
      .map(({ sql }) => topicFilterOf(sql)),
    consumers: consumersOf(queue).map(({ key }) => key),
  }))

  const consumes = new Map(functions.map(({ key, consumes: types }) => [key, types ?? []]))
  const types = code.types.map((type): MappedType => ({
    ...type,
    makers: functions.filter(({ makes }) => makes.includes(type.type)).map(({ key }) => key),
    queues: queues
      .filter(
        ({ subscriptions, consumers }) =>
          subscriptions.some((each) => each.types?.includes(type.type)) ||
          // Sent straight to the queue: nobody subscribed to it, and its consumer knows it.
          (!queues.some((queue) => queue.subscriptions.some((each) => each.types?.includes(type.type))) &&
            consumers.some((key) => consumes.get(key)?.includes(type.type))),
      )
      .map(({ id }) => id),
  }))
  return { functions, queues, types, findings: [...code.problems, ...findingsOf(types, queues, functions)] }
}

function findingsOf(
  types: readonly MappedType[],
  queues: readonly MappedQueue[],
  functions: readonly MappedFunction[],
): string[] {
  const known = types.map(({ type }) => type)
  const found: string[] = []
  for (const { type, kind, file, makers, queues: into } of types) {
    if (makers.length === 0 && kind !== 'reply') {
      found.push(
        `nobody makes ${type} (${file}): make it with ${kind === 'event' ? 'makeEvent' : 'requestItems'} in a function, or delete its definition`,
      )
    }
    if (makers.length === 0 && kind === 'reply') {
      found.push(
        `nobody answers ${type.replace(/\.replied$/, '')} (${file}): give a queue's handler its worker`,
      )
    }
    if (into.length === 0) {
      found.push(
        `nobody consumes ${type} (${file}): subscribe a queue to it in serverless.yml, or stop making it`,
      )
    }
  }
  for (const { id, deadLetters, subscriptions, consumers } of queues) {
    for (const type of subscriptions.flatMap((each) => each.types ?? [])) {
      if (!known.includes(type)) {
        found.push(`the filter of ${id} names ${type}, which no code defines: ${suggestion(type, known)}`)
      }
      for (const key of consumers) {
        const handled = functions.find((each) => each.key === key)?.consumes
        if (handled && !handled.includes(type) && !handled.includes('*')) {
          found.push(
            `${id} brings ${type} to ${key}, which does not consume it: it would lie in the dead-letter queue; add a consumer, or take the type out of the filter`,
          )
        }
      }
    }
    if (consumers.length > 0 && deadLetters === undefined) {
      found.push(
        `${id} has no dead-letter queue: a message that fails would come again until it is too old, and be lost; give it a RedrivePolicy`,
      )
    }
  }
  const reached = new Set(types.flatMap(({ type, queues: into }) => into.map((queue) => `${queue} ${type}`)))
  for (const { key, consumes, queues: from } of functions) {
    for (const type of consumes ?? []) {
      if (type !== '*' && !from.some((queue) => reached.has(`${queue} ${type}`))) {
        found.push(
          known.includes(type)
            ? `${key} consumes ${type}, and no queue of its own gets it: add it to the filter of ${from.join(', ')}`
            : `${key} consumes ${type}, which no code defines: ${suggestion(type, known)}`,
        )
      }
    }
  }
  return found
}

function triggerOf(event: TemplateEvent, { tables }: Template): string[] {
  if (event.type === 'httpApi')
    return [event.path === '$default' ? 'any request' : `${event.method} ${event.path}`]
  if (event.type === 'schedule') return [`every ${event.expression}`]
  if (event.type === 'iot') return [`rule on ${topicFilterOf(event.sql)}`]
  if (event.type === 'sqs') return []
  return [
    `stream of ${tables.find(({ streamArn }) => streamArn === event.streamArn)?.logicalId ?? event.tableName}`,
  ]
}

/** `'a/+'` of a rule's SQL. */
const topicFilterOf = (sql: string): string => /\bFROM\s+'([^']*)'/i.exec(sql)?.[1] ?? sql

/** The types of `{ type: [ … ] }`; undefined when it filters by something else. */
function typesOf(filterPolicy: Readonly<Record<string, unknown>> | undefined): readonly string[] | undefined {
  const types: unknown = filterPolicy?.['type']
  return Array.isArray(types) ? types.filter((type) => typeof type === 'string') : undefined
}
