/**
 * The plan's publishers as streams of things that are due: own messages by MQTT or the data plane, and HTTP requests.
 *
 * @module
 */
import type { LoadPlan, LoadRequest, LoadTopic, Publisher } from '../plan.ts'
import { sourceAddress } from './addresses.ts'
import { createAdmission } from './admission.ts'
import { arrivalOffsets } from './arrivals.ts'
import { sendRequest } from './http-request.ts'
import { type Ledger, newLedger } from './ledger.ts'
import { MqttPublishing } from './mqtt-publishing.ts'
import { type OwnMessage, OwnMessages } from './own-messages.ts'
import type { PhaseCounts } from './phase-figures.ts'
import type { RunClock } from './run-clock.ts'
import type { Stream } from './schedule.ts'
import { dataPlaneSigner, keysFrom } from './sigv4.ts'

/** Requests under way at the same time, all publishers' together; those beyond are not sent, and are errors that say so. */
const underWayMost = 20_000

/** A publisher in one phase, with its times. */
export interface PlannedPublisher {
  readonly publisher: Publisher
  readonly dueMs: Float64Array
}

/** Every publisher of every phase, with all of its times. */
export function plannedPublishers({ phases, seed }: LoadPlan): PlannedPublisher[] {
  let beginsMs = 0
  return phases.flatMap(({ publishers, durationMs }, index) => {
    const from = beginsMs
    beginsMs += durationMs
    return publishers.map((publisher) => {
      const offsets = arrivalOffsets(publisher.arrivals, durationMs, seed, `${publisher.name} ${index}`)
      return { publisher, dueMs: offsets.map((offset) => from + offset) }
    })
  })
}

/** A ledger with room for all of it. */
export function ledgerFor(planned: readonly PlannedPublisher[], epoch: string): Ledger {
  const messages = new Map<string, number>()
  let requests = 0
  for (const { publisher, dueMs } of planned) {
    if (publisher.via === 'http') requests += dueMs.length
    else messages.set(publisher.topic.topic, (messages.get(publisher.topic.topic) ?? 0) + dueMs.length)
  }
  const topics = Array.from(messages, ([topic, count]) => ({ topic, messages: count }))
  return newLedger(topics, requests, epoch)
}

export interface SendingOptions {
  readonly plan: LoadPlan
  readonly ledger: Ledger
  readonly clock: RunClock
  readonly counts: PhaseCounts
  readonly env: NodeJS.ProcessEnv
}

export interface Sending {
  readonly streams: readonly Stream[]
  /** So far. */
  readonly published: number
  readonly requests: number
  /** Opens the publishers' connections. */
  start(): Promise<void>
  end(): void
}

/** Throws RangeError for a target that lacks what a publisher needs. */
export function createSending(planned: readonly PlannedPublisher[], options: SendingOptions): Sending {
  const { plan, ledger, clock, counts, env } = options
  const messages = new Map<string, OwnMessages>()
  const connections = new Map<string, MqttPublishing>()
  const turns = new Map<string, number>()
  const progress = { published: 0, requests: 0, underWay: 0 }
  const notSent = 'not sent: too many without an answer'

  function messagesOf(topic: LoadTopic): OwnMessages {
    let own = messages.get(topic.topic)
    if (!own) {
      const row = ledger.own.find((one) => one.topic === topic.topic)
      if (!row) throw new RangeError(`the ledger has no ${topic.topic}`)
      messages.set(topic.topic, (own = new OwnMessages(topic, row, clock)))
    }
    return own
  }

  /** How often the publisher of this name has sent, over all phases: its values go on in turn. */
  function turn(name: string): number {
    const at = turns.get(name) ?? 0
    turns.set(name, at + 1)
    return at
  }

  function refuse(topic: LoadTopic, dueMs: number): void {
    counts.at(dueMs).topic(topic).unpublished += 1
  }

  function byMqtt(publisher: Publisher & { via: 'mqtt' | 'data-plane' }): Stream['send'] {
    let publishing = connections.get(publisher.name)
    const { topic, values, qos } = publisher
    if (!publishing) {
      const admission = createAdmission(plan, `p${connections.size}`, env)
      const onRefusal = (): void => refuse(topic, clock.now())
      publishing = new MqttPublishing(publisher.connections, { admission, counts, clock, onRefusal })
      connections.set(publisher.name, publishing)
    }
    const own = messagesOf(topic)
    return (dueMs) => {
      const message = own.next(values[turn(publisher.name) % values.length], dueMs)
      if (!message) return
      if (publishing.publish(own, message, qos) === undefined) progress.published += 1
      else refuse(topic, dueMs)
    }
  }

  function byDataPlane(publisher: Publisher & { via: 'mqtt' | 'data-plane' }): Stream['send'] {
    const { topic, values, qos } = publisher
    const { dataPlaneUrl, region, kind } = plan.target
    if (dataPlaneUrl === undefined)
      throw new RangeError(`${publisher.name} publishes by the data plane, and the target names none`)
    const url = new URL(`${dataPlaneUrl}/topics/${encodeURIComponent(topic.topic)}?qos=${qos}`)
    const sign = dataPlaneSigner(region, keysFrom(env, kind === 'local'))
    const own = messagesOf(topic)
    const send = async (message: OwnMessage, dueMs: number): Promise<void> => {
      const request = counts.at(dueMs).requests.of('data-plane')
      if (progress.underWay >= underWayMost) {
        request.record(notSent, false, clock.now() - dueMs)
        refuse(topic, dueMs)
        return
      }
      request.sent += 1
      progress.underWay += 1
      own.sent(message)
      const headers = await sign(url, message.payload)
      const { status, said } = await sendRequest({ url, method: 'POST', headers, body: message.payload })
      progress.underWay -= 1
      request.record(said, status === 200, clock.now() - dueMs)
      if (status === 200) {
        own.taken(message)
        return
      }
      own.refused(message)
      refuse(topic, dueMs)
    }
    return (dueMs) => {
      const message = own.next(values[turn(publisher.name) % values.length], dueMs)
      if (!message) return
      progress.published += 1
      void send(message, dueMs)
    }
  }

  function byHttp(name: string, request: LoadRequest, part: number): Stream['send'] {
    const host = new URL(plan.target.httpUrl).hostname
    return (dueMs, at) => {
      const index = progress.requests
      progress.requests += 1
      ledger.requestsDue[index] = dueMs
      const count = counts.at(dueMs).requests.of(name)
      if (progress.underWay >= underWayMost) {
        count.record(notSent, false, clock.now() - dueMs)
        return
      }
      count.sent += 1
      progress.underWay += 1
      const from = sourceAddress(host, part, index, request.addresses)
      const send = async (): Promise<void> => {
        const { status, said } = await sendRequest({
          ...filledIn(request, plan, { index, turn: at }),
          from,
        })
        progress.underWay -= 1
        count.record(said, request.expect.includes(status), clock.now() - dueMs)
      }
      void send()
    }
  }

  const streams = planned.map(({ publisher, dueMs }, part): Stream => {
    if (publisher.via === 'http')
      return { dueMs, send: byHttp(publisher.name, publisher.request, 100 + part) }
    return { dueMs, send: publisher.via === 'mqtt' ? byMqtt(publisher) : byDataPlane(publisher) }
  })
  return {
    streams,
    get published() {
      return progress.published
    },
    get requests() {
      return progress.requests
    },
    async start() {
      await Promise.all(Array.from(connections.values(), (publishing) => publishing.start()))
    },
    end() {
      for (const publishing of connections.values()) publishing.end()
    },
  }
}

/** A request with `{run}` and `{index}` filled in; bodies come in turn. */
export function filledIn(
  { method, path, headers, bodies }: LoadRequest,
  { run, target }: LoadPlan,
  { index, turn }: { readonly index: number; readonly turn: number },
): { url: URL; method: string; headers: Record<string, string>; body: string | undefined } {
  const fill = (text: string): string => text.replaceAll('{run}', run).replaceAll('{index}', String(index))
  const body = bodies[turn % Math.max(bodies.length, 1)]
  return {
    url: new URL(target.httpUrl + fill(path)),
    method,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)])),
    body: body === undefined ? undefined : fill(body),
  }
}
