import type { TransactWriteItem } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { shareTabs } from '../client/index.ts'
import { bearerOf } from '../client/session.ts'
import { dynamoDbInbox } from '../functions/platform/dynamodb-inbox.ts'
import { createInbox, type InboxStore } from '../functions/platform/inbox.ts'
import { systemTime } from '../functions/platform/time.ts'
import { KilledError } from '../functions/testing/memory-ledger.ts'
import { seededRandom } from '../functions/testing/seeded-random.ts'
import { clientOf } from '../local/dynamodb/suite/in-process.ts'
import { noFaults } from '../local/faults.ts'
import { agentSuggestions } from '../topics/agent-suggestions.ts'
import {
  agentClaims,
  aSuggestion,
  readInboxPage,
  sessionOf,
  type TestDevice,
  testDevice,
} from './support/agent.ts'
import { eventually, testStack, type TestStack } from './support/stack.ts'

/** Who writes suggestions: dies at `kill` of its requests, before or after they took effect, and does it again. */
function aWriter(stack: TestStack, { kill = 0, seed = 1 } = {}) {
  const table = stack.template.tables.find(({ logicalId }) => logicalId === 'LiveTable')?.name ?? ''
  const store = dynamoDbInbox(clientOf(stack.db.service), table)
  const random = seededRandom(seed)
  const request = async <Answer>(carryOut: () => Promise<Answer>): Promise<Answer> => {
    const dies = random() < kill ? random() : 1
    if (dies < 0.5) throw new KilledError()
    const answer = await carryOut()
    if (dies < 1) throw new KilledError()
    return answer
  }
  const deadly: InboxStore<TransactWriteItem> = {
    read: (...args) => request(() => store.read(...args)),
    write: (...args) => request(() => store.write(...args)),
  }
  const inbox = createInbox({ store: deadly, time: systemTime, random })
  const surely = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        // A conflict or a throttle that the stack was told to answer is what an SDK of more attempts never shows.
        if (!(error instanceof KilledError) && !/Throughput/.test((error as Error).name)) throw error
      }
    }
  }
  /** Says a suggestion once, however often it is asked to. */
  const add = (agentId: string, suggestionId: string) => {
    const pk = { S: `said#${suggestionId}` }
    const said: TransactWriteItem = {
      Put: { TableName: table, Item: { pk, sk: pk }, ConditionExpression: 'attribute_not_exists(pk)' },
    }
    return surely(() =>
      inbox.add(agentSuggestions, { agentId }, [aSuggestion(suggestionId)], { beside: () => [said] }),
    )
  }
  const unhandled = async (agentId: string) => {
    const before = await store.read(`agents/${agentId}/suggestions`, Date.now())
    const sequences: number[] = []
    if (before)
      for await (const { sequence } of store.unhandled(before.head, 'oldest first', 100))
        sequences.push(sequence)
    return { head: before?.head, sequences }
  }
  const retract = (agentId: string, epoch: string, sequence: number) =>
    surely(() => inbox.retract(agentSuggestions, { agentId }, { epoch, sequences: [sequence] }))
  return { add, retract, unhandled, inbox }
}

/** Sequences of a device by the times it was connected; throws at one that came twice within a time. */
function handedOnce({ handed }: TestDevice): readonly number[] {
  const seen = new Set<string>()
  for (const { sequence, time } of handed) {
    if (seen.has(`${time} ${sequence}`))
      throw new Error(`${sequence} was handed on twice without a reconnect`)
    seen.add(`${time} ${sequence}`)
  }
  return [...new Set(handed.map(({ sequence }) => sequence))]
}

/** How long a device is offline; OFFLINE_SECONDS=60 for the whole minute. */
const offlineSeconds = Number(process.env['OFFLINE_SECONDS'] ?? 3)

const portOf = (url: string): number => Number(new URL(url).port)

const sequencesOf = (device: TestDevice): number[] => device.inbox.items.map(({ sequence }) => sequence)

async function expectSettled(
  stack: TestStack,
  agentId: string,
  devices: readonly TestDevice[],
  unhandled: ReturnType<typeof aWriter>['unhandled'],
  withinMs = 20_000,
): Promise<readonly number[]> {
  let truth: readonly number[] = []
  await eventually(async () => {
    const { head, sequences } = await unhandled(agentId)
    truth = sequences
    expect(head?.unread).toBe(sequences.length)
    for (const device of devices) {
      expect(sequencesOf(device)).toEqual(sequences)
      expect(device.inbox.unread).toBe(sequences.length)
    }
    const page = await readInboxPage(stack, agentId)
    expect([page.items.map(({ sequence }) => sequence), page.unread]).toEqual([sequences, sequences.length])
  }, withinMs)
  return truth
}

describe('an inbox', () => {
  it('is the same on two devices and two tabs, whatever AWS may do wrong', { timeout: 120_000 }, async () => {
    const faults = noFaults()
    faults.streams = { shards: 2, scatter: true, earlyClose: 0.5, repeat: 0.3 }
    await using stack = await testStack({ faults })
    const { add, retract, unhandled } = aWriter(stack, { kill: 0.1 })
    // Of ten: two the desk's first tab handles, two the phone, one both at once, one its second tab; the rest stay.
    const handles =
      (...ends: number[]) =>
      (item: { sequence: number; handled(): Promise<void> }) => {
        if (ends.includes(item.sequence % 10)) item.handled().catch(() => {})
      }
    const connection = () => shareTabs({ key: `agent-${stack.urls.site}` })
    await using desk = testDevice(stack, '7', { connection: connection(), act: handles(1, 2, 5) })
    await using second = testDevice(stack, '7', { connection: connection(), act: handles(6) })
    await using phone = testDevice(stack, '7', { seat: 1, act: handles(3, 4, 5) })
    await using other = testDevice(stack, '8')
    const devices = [desk, second, phone]
    await eventually(() => {
      for (const { client } of [...devices, other]) expect(client.status.state).toBe('live')
    })
    // Two tabs share a connection.
    expect(stack.iot.connections()).toHaveLength(3)

    Object.assign(faults.messages, { double: 1, delayMs: 40, reorder: true })
    Object.assign(faults.tables, { conflict: 0.1, throttle: 0.02 })
    Object.assign(faults.iot, { double: 0.3, drop: 0.1, delayMs: 30, subackPauseMs: 50, kick: 0.1 })
    Object.assign(faults.workers, {
      kill: 0.03,
      killAt: 'either',
      most: 25,
      only: ['liveDeliver', 'liveInbox', 'liveRepair'],
    })
    const added: { sequence: number; suggestionId: string }[] = []
    const retracted = new Set<number>()
    let next = 0
    const write = async (): Promise<void> => {
      while (next < 70) {
        const suggestionId = `s${next++}`
        const { epoch, outcome, sequences } = await add('7', suggestionId)
        // A kill hid the first answer: the log has its sequence.
        if (outcome === 'refused') continue
        const sequence = sequences[0] ?? 0
        added.push({ sequence, suggestionId })
        if (next % 10 === 9 && epoch) {
          await retract('7', epoch, sequence)
          retracted.add(sequence)
        }
      }
    }
    await Promise.all([write(), write()])
    // The devices' answers and their repeats meet the faults as well.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    Object.assign(faults, { ...noFaults(), streams: faults.streams })

    // All may agree while a tab's command still waits for its next attempt.
    const isToBeHandled = (sequence: number) => sequence % 10 > 0 && sequence % 10 < 7
    await eventually(async () => {
      const { sequences } = await unhandled('7')
      expect(sequences.filter(isToBeHandled)).toEqual([])
    }, 40_000)
    const left = await expectSettled(stack, '7', devices, unhandled, 40_000)
    // Nothing lost: what nobody was to handle and nobody took back is there, and on every device.
    const kept = added.filter(
      ({ sequence }) => !retracted.has(sequence) && [0, 7, 8, 9].includes(sequence % 10),
    )
    expect(kept.length).toBeGreaterThan(5)
    expect(left).toEqual(expect.arrayContaining(kept.map(({ sequence }) => sequence)))
    expect(left.filter((sequence) => sequence % 10 > 0 && sequence % 10 < 7)).toEqual([])
    for (const device of devices) expect(handedOnce(device)).toEqual(expect.arrayContaining([...left]))
    // Each suggestion stands once, and is the same on all devices.
    const names = devices.map(({ inbox }) => inbox.items.map(({ value }) => value.suggestionId))
    expect(new Set(names[0]).size).toBe(left.length)
    expect(names[1]).toEqual(names[0])
    expect(names[2]).toEqual(names[0])
    expect([other.handed, other.inbox.items]).toEqual([[], []])
    await stack.idle()
    for (const name of ['deliver-failures', 'broadcast-failures', 'quiet-dlq']) {
      const { visible, inFlight, delayed } = stack.messaging.queue(`fanfare-dev-${name}`).counts()
      expect(`${name}: ${visible + inFlight + delayed}`).toBe(`${name}: 0`)
    }
  })
  // Requests to AWS of the functions that a suggestion passes which comes and is handled: where a Lambda may die.
  it.each([
    ['liveDeliver', 5],
    ['liveInbox', 3],
  ] as const)(
    'loses nothing and hands nothing on twice, though %s dies at any of its %i requests, before or after AWS did it',
    { timeout: 120_000 },
    async (name, requests) => {
      await using stack = await testStack()
      const { add, unhandled } = aWriter(stack)
      await using desk = testDevice(stack, '7', { act: (item) => void item.handled() })
      await using phone = testDevice(stack, '7', { seat: 1 })
      const devices = [desk, phone]
      await eventually(() => {
        for (const { client } of devices) expect(client.status.state).toBe('live')
      })
      const deaths = (): number => stack.host.stats().functions[name]?.failures ?? 0
      let added = 0
      for (let request = 1; request <= requests; request++) {
        for (const side of ['before', 'after'] as const) {
          const before = deaths()
          // An invocation may have less to ask for: then the next one dies.
          for (let attempt = 1; deaths() === before; attempt++) {
            expect(attempt, `${name} dies ${side} request ${request}`).toBeLessThan(10)
            stack.host.killNext(name, { request, side })
            added += 1
            await add('7', `s${added}`)
            await eventually(async () => {
              expect(desk.handed).toHaveLength(added)
              expect((await unhandled('7')).sequences).toEqual([])
            })
            await expectSettled(stack, '7', devices, unhandled)
          }
        }
      }
      expect(handedOnce(desk)).toHaveLength(added)
      // What the desk handled before the phone had read of it never came there.
      expect(handedOnce(phone).length).toBeLessThanOrEqual(added)
    },
  )

  it(
    'has what came while a device was offline, and after everything was restarted',
    { timeout: 120_000 },
    async () => {
      const stack = await testStack()
      const ports = { httpPort: portOf(stack.urls.site), iotPort: portOf(stack.urls.mqtt) }
      await using desk = testDevice(stack, '7')
      await using phone = testDevice(stack, '7', { seat: 1 })
      const before = aWriter(stack)
      await before.add('7', 'before')
      await eventually(() => expect([desk.handed.length, phone.handed.length]).toEqual([1, 1]))
      const cut = setInterval(() => {
        for (const { clientId } of stack.iot.connections())
          if (/-[23]$/.test(clientId)) stack.iot.kick(clientId)
      }, 20)
      for (let index = 0; index < 20; index++) await before.add('7', `offline-${index}`)
      await eventually(() => expect(desk.handed).toHaveLength(21))
      await desk.inbox.items[3]?.handled()
      await new Promise((resolve) => setTimeout(resolve, offlineSeconds * 1000))
      clearInterval(cut)
      await expectSettled(stack, '7', [desk, phone], before.unhandled)
      // Written, and nobody told yet, when everything ends.
      await before.add('7', 'last')
      await stack.stop()
      await using again = await testStack({ dataDir: stack.dataDir, ...ports })
      const left = await expectSettled(again, '7', [desk, phone], aWriter(again).unhandled)
      expect(left).toHaveLength(21)
      for (const device of [desk, phone])
        expect(handedOnce(device)).toEqual(expect.arrayContaining([...left]))
    },
  )

  it("is nobody else's", { timeout: 30_000 }, async () => {
    await using stack = await testStack()
    const { add, unhandled } = aWriter(stack)
    const { epoch = '' } = await add('7', 'secret')
    const url = (path: string, agentId = '7') =>
      `${stack.urls.site}${path}?topic=${encodeURIComponent(`agents/${agentId}/suggestions`)}`
    const ask = async (path: string, bearer?: string, body?: unknown) => {
      const headers = { ...(bearer ? { authorization: bearer } : {}), 'content-type': 'application/json' }
      const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
      const answer = await fetch(url(path), init)
      return { status: answer.status, type: answer.headers.get('content-type') }
    }
    const visitor = { principal: 'v1', signedIn: false, roles: [], values: { agentId: '7' } }
    const colleague = bearerOf(await sessionOf(stack, agentClaims('8')))
    const handled = { epoch, handled: [1] }
    const type = 'application/problem+json'
    for (const bearer of [colleague, bearerOf(await sessionOf(stack, visitor))]) {
      for (const path of ['/inbox', '/events', '/state']) {
        expect(await ask(path, bearer)).toEqual({ status: 403, type })
      }
      expect(await ask('/inbox', bearer, handled)).toEqual({ status: 403, type })
    }
    for (const bearer of [undefined, `${colleague}x`]) {
      expect(await ask('/inbox', bearer)).toEqual({ status: 401, type })
      expect(await ask('/inbox', bearer, handled)).toEqual({ status: 401, type })
    }
    await using eavesdropper = testDevice(stack, '7', { claims: agentClaims('8') })
    await using anybody = testDevice(stack, '7', { claims: visitor })
    await eventually(() => expect([eavesdropper.denied, anybody.denied]).toEqual([true, true]))
    await using listener = testDevice(stack, '7')
    await add('7', 'another secret')
    await eventually(() => expect(listener.handed).toHaveLength(2))
    expect([eavesdropper.handed, anybody.handed]).toEqual([[], []])

    const own = bearerOf(await sessionOf(stack, agentClaims('7')))
    const wrong: readonly [status: number, body: unknown][] = [
      [400, {}],
      [400, { epoch, handled: [] }],
      [400, { epoch, handled: Array.from({ length: 101 }, (_, index) => index + 1) }],
      [400, { epoch, handled: [0.5] }],
      [400, { epoch: 'x', handled: [1] }],
      [409, { epoch: '01ARZ3NDEKTSV4RRFFQ69G5FAV', handled: [1] }],
      [413, { epoch, handled: [1], more: 'x'.repeat(5000) }],
    ]
    for (const [status, body] of wrong) expect(await ask('/inbox', own, body)).toEqual({ status, type })
    expect((await unhandled('7')).sequences).toEqual([1, 2])
    const answer = await fetch(url('/inbox'), {
      method: 'POST',
      headers: { authorization: own },
      body: JSON.stringify({ epoch, handled: [2, 2, 99] }),
    })
    expect([answer.status, await answer.json()]).toEqual([200, { handled: [2] }])
    const nobody = bearerOf(await sessionOf(stack, agentClaims('9')))
    const empty = await fetch(url('/inbox', '9'), { headers: { authorization: nobody } })
    expect(empty.status).toBe(404)
  })
})
