/**
 * One run of the client against the local broker's faults on a turned clock: a schedule of what happens goes in, what was
 * shown wrongly comes out. `chaos.property.test.ts` draws schedules; `npm run soak -- client` draws many more.
 *
 * @module
 */
import type { PageSignal } from '../page-signals.ts'
import fc from 'fast-check'
import * as v from 'valibot'
import { seededChance } from '../../local/chance.ts'
import { type Faults, noFaults } from '../../local/faults.ts'
import { anAnswer, anAuthorizer, signature, statement } from '../../local/iot/testing/an-authorizer.ts'
import {
  anyone,
  comparePositions,
  feed,
  feedMessage,
  type Position,
  state,
  stateMessage,
} from '../../topics/contract/index.ts'
import { connect } from '../client.ts'
import type { FeedItem } from '../topic/feed-log.ts'
import { brokerInProcess } from './broker-in-process.ts'
import { manualClock } from './manual-clock.ts'

/** An entry says where it stands, so that it is seen where it came from. */
const place = v.object({ epoch: v.string(), sequence: v.number() })
type Place = v.InferOutput<typeof place>

const contracts = {
  gap: feed({ topic: 'public/feed', entry: place, subscribe: anyone, overflow: 'gap' }),
  recover: feed({ topic: 'public/feed', entry: place, subscribe: anyone, overflow: 'recover' }),
}
const total = state({ topic: 'public/total', payload: place, subscribe: anyone })
/** Entries of a message. */
const entriesMax = 6

export interface ChaosStep {
  readonly do:
    | 'append'
    | 'repeat'
    | 'cut'
    | 'wake'
    /** The page is put away. */
    | 'away'
    | 'reset'
    | 'expire'
    /** The machine sleeps. */
    | 'sleep'
    | 'pass'
    | 'faults'
    | 'api'
  /** Entries, ms, or the part of the log that expires. */
  readonly amount: number
  readonly faults?: Partial<Faults['iot']>
}

export interface ChaosRun {
  readonly seed: number
  readonly overflow: 'gap' | 'recover'
  readonly last: number
  readonly bufferEntries: number
  /** Life of a session, seconds. */
  readonly sessionSeconds: number
  readonly steps: readonly ChaosStep[]
}

const probability = fc.constantFrom(0, 0, 0.1, 0.5)
const step = (kind: ChaosStep['do'], min: number, max: number): fc.Arbitrary<ChaosStep> =>
  fc.integer({ min, max }).map((amount) => ({ do: kind, amount }))

/** Runs, which shrink to the shortest schedule that fails. */
export const chaosRuns: fc.Arbitrary<ChaosRun> = fc.record({
  seed: fc.integer({ min: 0 }),
  overflow: fc.constantFrom('gap' as const, 'recover' as const),
  last: fc.integer({ min: 0, max: 8 }),
  bufferEntries: fc.constantFrom(2, 20, 1000),
  sessionSeconds: fc.constantFrom(30, 3600),
  steps: fc.array(
    fc.oneof(
      { weight: 8, arbitrary: step('append', 1, 12) },
      { weight: 5, arbitrary: step('pass', 0, 4000) },
      { weight: 1, arbitrary: step('repeat', 0, 0) },
      { weight: 2, arbitrary: step('cut', 0, 0) },
      { weight: 1, arbitrary: step('wake', 0, 0) },
      { weight: 1, arbitrary: step('sleep', 0, 36_000_000) },
      { weight: 1, arbitrary: step('away', 0, 0) },
      { weight: 1, arbitrary: step('reset', 0, 0) },
      { weight: 1, arbitrary: step('expire', 0, 100) },
      { weight: 1, arbitrary: step('api', 0, 100) },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('faults' as const),
          amount: fc.constant(0),
          faults: fc.record({
            double: probability,
            drop: probability,
            delayMs: fc.constantFrom(0, 100, 3000),
            subackPauseMs: fc.constantFrom(0, 500),
            throttleRetained: probability,
            forgetRetained: probability,
            kick: fc.constantFrom(0, 0, 0.1),
            expireEarly: fc.constantFrom(0, 0, 0.1),
            authorizerDelayMs: fc.constantFrom(0, 0, 6000),
          }),
        }),
      },
    ),
    { maxLength: 40 },
  ),
})

/** What the client showed against its promises, in words; nothing when it kept them. */
export async function chaosRun({
  seed,
  overflow,
  last,
  bufferEntries,
  sessionSeconds,
  steps,
}: ChaosRun): Promise<string[]> {
  const clock = manualClock()
  const chance = seededChance(seed)
  const faults = noFaults().iot
  const api = chance.fork('api')
  const clientChance = chance.fork('client')
  let apiFailure = 0
  const contract = contracts[overflow]
  const broker = brokerInProcess({
    clock,
    chance,
    faults,
    authorizers: [
      anAuthorizer((event) => {
        const { token } = event as { token: string }
        return anAnswer({ principalId: token, disconnectAfterInSeconds: 300 }, [
          statement('Allow', 'iot:Connect', `client/${token}-*`),
          statement('Allow', 'iot:Subscribe', 'topicfilter/public/*'),
          statement('Allow', 'iot:Receive', 'topic/public/*'),
        ])
      }),
    ],
  })

  // The log, as the table would hold it.
  let epochs = 1
  let head = 0
  let floor = 0
  let floorMax = 0
  let published = 0
  const epoch = (): string => `epoch-${String(epochs).padStart(4, '0')}`
  const messageHead = (topic: string) => ({ topic, epoch: epoch(), sequence: head, time: '' })
  const at = (sequence: number): Place => ({ epoch: epoch(), sequence })
  const feedHead = (): object => {
    const from = Math.max(published === head ? 0 : published, head - entriesMax, 0)
    const entries = Array.from({ length: head - from }, (_, index) => ({ value: at(from + index + 1) }))
    return feedMessage(
      contract,
      messageHead('public/feed'),
      entries,
      published === head ? undefined : published,
    )
  }
  const stateHead = (): object => stateMessage(total, messageHead('public/total'), at(head))
  const broadcast = (): void => {
    // A publish that was throttled is sent again with what came meanwhile.
    if (broker.publish('public/feed', feedHead())) published = head
    broker.publish('public/total', stateHead())
  }

  const answer = async (url: string): Promise<Response> => {
    const { pathname, searchParams } = new URL(url, 'http://api')
    await new Promise<void>((resolve) => {
      clock.after(api.next() * 200, resolve)
    })
    if (api.happens(apiFailure)) return Response.json({}, { status: 503 })
    if (pathname === '/state') {
      return Response.json(searchParams.get('topic') === 'public/feed' ? feedHead() : stateHead())
    }
    if (searchParams.get('epoch') !== epoch()) {
      return Response.json({ epoch: epoch(), events: [], head, floor, complete: false, next: null })
    }
    const after = Math.max(Number(searchParams.get('after')), floor)
    const length = Math.min(Number(searchParams.get('limit')), head - after)
    const events = Array.from({ length: Math.max(0, length) }, (_, index) => ({
      sequence: after + index + 1,
      entry: { value: at(after + index + 1) },
    }))
    return Response.json({ epoch: epoch(), events, head, floor, complete: true, next: null })
  }

  const items: FeedItem<Place>[] = []
  const positions: Position[] = []
  let sessions = 0
  let signalled: (signal: PageSignal) => void = () => {}
  const client = connect({
    api: '',
    clock,
    random: () => clientChance.next(),
    WebSocket: broker.WebSocket,
    fetch: answer,
    bufferEntries,
    onProblem: () => {},
    signals: (listener) => {
      signalled = listener
      return () => {}
    },
    session: async () => {
      const principal = `visitor${++sessions}`
      return {
        endpoint: 'ws://broker/mqtt',
        authorizer: 'visitors',
        tokenKey: 'token',
        token: principal,
        signature: signed(principal),
        clientIds: [`${principal}-0`, `${principal}-1`],
        principal,
        expiresAt: clock.now() / 1000 + sessionSeconds,
      }
    },
  })
  client.feed(contract, {}, { last, onItem: (item) => items.push(item) })
  const value = client.state(total, {}, { onValue: (_, update) => positions.push(update) })

  for (const { do: what, amount, faults: more } of steps) {
    if (what === 'append') {
      head += amount
      broadcast()
    } else if (what === 'repeat') broadcast()
    else if (what === 'cut') broker.cut()
    else if (what === 'wake') signalled('wake')
    else if (what === 'away') signalled('sleep')
    else if (what === 'reset') {
      epochs++
      head = floor = published = 0
    } else if (what === 'expire') {
      floor = Math.max(floor, Math.floor((head * amount) / 100))
      floorMax = Math.max(floorMax, floor)
    } else if (what === 'sleep') {
      clock.jump(amount)
      signalled('wake')
    } else if (what === 'api') apiFailure = amount / 100
    else if (what === 'faults') Object.assign(faults, more)
    else await clock.advance(amount)
  }

  // Then all is well, and the heads are sent once more, as broadcast does when a topic falls quiet.
  Object.assign(faults, noFaults().iot)
  apiFailure = 0
  signalled('wake')
  await clock.advance(90_000)
  broadcast()
  await clock.advance(45_000)

  const wrong = wrongs(items, { head, floorMax, overflow })
  if (client.status.state !== 'live') wrong.push(`it is ${client.status.state}, ${client.status.reason}`)
  if (value.current?.sequence !== head || value.current.epoch !== epoch()) {
    wrong.push(`the state is ${JSON.stringify(value.current)}, recorded is ${head} of ${epoch()}`)
  }
  for (const [index, position] of positions.slice(1).entries()) {
    const before = positions[index]
    if (before && comparePositions(position, before) <= 0)
      wrong.push(`the state went back to ${JSON.stringify(position)}`)
  }
  client.close()
  await clock.advance(15_000)
  if (broker.connections > 0) wrong.push(`${broker.connections} connections are left`)
  broker.close()
  return wrong
}

/** An RSA signature is slow to make, and the same for the same token. */
const signatures = new Map<string, string>()
function signed(token: string): string {
  const known = signatures.get(token) ?? signature(token)
  signatures.set(token, known)
  return known
}

/** An item that does not continue where the one before ended, or a gap nobody can account for. */
function wrongs(
  items: readonly FeedItem<Place>[],
  { head, floorMax, overflow }: { head: number; floorMax: number; overflow: 'gap' | 'recover' },
): string[] {
  const found: string[] = []
  let due: number | undefined
  let last: Place | undefined
  for (const item of items) {
    const said = JSON.stringify(item)
    const { from, to } = item.kind === 'gap' ? item : { from: item.sequence, to: item.sequence }
    if (due !== undefined && from !== due) found.push(`${due} was due, ${said} came`)
    if (item.kind === 'gap') {
      if (item.reason !== 'reset' && to < from) found.push(`empty: ${said}`)
      if (item.reason === 'invalid') found.push(`nothing was invalid: ${said}`)
      if (item.reason === 'expired' && to > floorMax) found.push(`never expired: ${said}`)
      if (item.reason === 'overflow' && overflow === 'recover') found.push(`no reader was slow: ${said}`)
    } else if (item.kind === 'entry') {
      if (item.value.sequence !== item.sequence) found.push(`not itself: ${said}`)
      if (last && comparePositions(item.value, last) <= 0) found.push(`no newer: ${said}`)
      last = item.value
    }
    due = to + 1
  }
  if (due !== undefined && due !== head + 1) found.push(`ends before ${due}, the head is ${head}`)
  return found
}
