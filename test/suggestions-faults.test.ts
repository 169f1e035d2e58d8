import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { signNotification } from '../functions/suggestions/intercom/signature.ts'
import { noFaults } from '../local/faults.ts'
import { developmentIntercomSecret } from '../local/options.ts'
import { playConversation, type Played } from '../scripts/conversations/play.ts'
import { type TestAgent, testAgent, type TestDesk, testDesk } from './support/desk.ts'
import { eventually, testStack, type TestStack } from './support/stack.ts'

const deadLetters = [
  'desk-settle',
  'desk-intake',
  'desk-suggest',
  'desk-rank',
  'desk-offer',
  'desk-learn',
  'desk-search',
]

function expectNothingSetAside(stack: TestStack): void {
  const names = [...deadLetters.map((name) => `${name}-dlq`), 'relay-failures', 'deliver-failures']
  for (const name of names) {
    const { visible, inFlight, delayed } = stack.messaging.queue(`fanfare-dev-${name}`).counts()
    expect(`${name}: ${visible + inFlight + delayed}`).toBe(`${name}: 0`)
  }
}

/** Each open conversation's newest question waits for the agent who has it, once, and nothing else waits anywhere. */
async function expectInInboxes(played: readonly Played[], agents: readonly TestAgent[]): Promise<void> {
  for (const agent of agents) {
    const own = played.filter(({ agentId }) => agentId === agent.agentId)
    await eventually(() => {
      const waiting = agent.items().map(({ conversationId }) => conversationId)
      expect(waiting.toSorted()).toEqual(own.map(({ conversationId }) => conversationId).toSorted())
      expect(agent.unread).toBe(own.length)
    }, 40_000)
    // One that came again after a reconnect is the same item.
    const sequences = new Map<string, Set<number>>()
    for (const { suggestion, sequence } of agent.seen) {
      const seen = sequences.get(suggestion.suggestionId) ?? new Set()
      sequences.set(suggestion.suggestionId, seen.add(sequence))
    }
    expect([...sequences.values()].filter(({ size }) => size > 1)).toEqual([])
  }
}

function isSeen({ seen }: TestAgent, conversationId: string): void {
  if (!seen.some(({ suggestion }) => suggestion.conversationId === conversationId))
    throw new Error(`${conversationId} was not suggested`)
}

async function playAll(desk: TestDesk, from: number, count: number): Promise<Played[]> {
  const numbers = Array.from({ length: count }, (_, index) => from + index)
  return Promise.all(
    numbers.map((number) =>
      playConversation(desk.desk, number, async (body) => {
        // Intercom sends again what it is not sure of.
        const statuses = await Promise.all([desk.notify(body), desk.notify(body)])
        expect(statuses).toEqual([200, 200])
      }),
    ),
  )
}

describe('no suggestion is lost, shown twice, or left in another inbox', () => {
  it.each([1, 2])('though everything AWS may do goes wrong, seed %i', { timeout: 120_000 }, async (seed) => {
    const faults = noFaults()
    faults.streams = { shards: 2, scatter: true, earlyClose: 0.5, repeat: 0.3 }
    await using stack = await testStack({ seed, faults })
    const { site } = stack.urls
    await using desk = await testDesk(site)
    await using ada = await testAgent(site, 'ada')
    await using ben = await testAgent(site, 'ben')
    await using lee = await testAgent(site, 'lee')
    Object.assign(faults.messages, { double: 1, delayMs: 40, reorder: true, throttle: 0.1 })
    Object.assign(faults.tables, { conflict: 0.1, throttle: 0.02 })
    Object.assign(faults.iot, { double: 0.3, drop: 0.1, delayMs: 30, subackPauseMs: 50 })
    Object.assign(faults.workers, {
      kill: 0.01,
      killAt: 'either',
      most: 25,
      only: ['deskWebhook', 'deskRelay', 'deskSuggest', 'deskRank', 'deskOffer', 'deskSettle', 'liveDeliver'],
    })
    const played = await playAll(desk, 0, 60)
    await expectInInboxes(played, [ada, ben, lee])
    Object.assign(faults, { ...noFaults(), streams: faults.streams })
    expectNothingSetAside(stack)
  })

  // Each function's requests to AWS in the course of a conversation, and each killed before and after it. Not each comes
  // about each time; the last figure is how many of the kills must have happened.
  const awaits: readonly [name: string, requests: number, killsAtLeast: number][] = [
    ['deskWebhook', 3, 4],
    ['deskRelay', 2, 2],
    ['deskSuggest', 2, 2],
    ['deskRank', 3, 2],
    ['deskOffer', 5, 8],
    ['deskSettle', 5, 8],
    ['liveDeliver', 3, 3],
  ]
  it(
    'though each function dies at any of its requests, before or after AWS did it',
    { timeout: 120_000 },
    async () => {
      await using stack = await testStack()
      const { site } = stack.urls
      await using desk = await testDesk(site)
      await using ada = await testAgent(site, 'ada')
      await using ben = await testAgent(site, 'ben')
      const played: Played[] = []
      const failuresOf = (name: string): number => stack.host.stats().functions[name]?.failures ?? 0
      for (const [name, requests, killsAtLeast] of awaits) {
        let kills = 0
        for (let request = 1; request <= requests; request++) {
          for (const side of ['before', 'after'] as const) {
            const failures = failuresOf(name)
            stack.host.killNext(name, { request, side })
            const opened = desk.desk.open({ customer: 'Jo', text: 'A refund, please', adminId: '5011' })
            const { conversationId } = opened
            expect(await desk.notify(opened.body)).toBe(200)
            // Moved once it was suggested; but now and then before.
            if (name === 'deskSettle' || request % 2 === 0)
              await eventually(() => isSeen(ada, conversationId))
            expect(await desk.notify(opened.assign('5012'))).toBe(200)
            played.push({ conversationId, course: 'moved', agentId: 'ben' })
            await expectInInboxes(played, [ada, ben])
            if (failuresOf(name) > failures) kills++
          }
        }
        expect(`${name}: ${Math.min(kills, killsAtLeast)}`).toBe(`${name}: ${killsAtLeast}`)
      }
      expectNothingSetAside(stack)
    },
  )

  it('though the table is away when Intercom notifies', { timeout: 60_000 }, async () => {
    const faults = noFaults()
    await using stack = await testStack({ faults })
    const { site } = stack.urls
    await using desk = await testDesk(site)
    await using ada = await testAgent(site, 'ada')
    await using ben = await testAgent(site, 'ben')
    await using lee = await testAgent(site, 'lee')
    const moved = desk.desk.open({ customer: 'Jo', text: 'A refund, please', adminId: '5011' })
    expect(await desk.notify(moved.body)).toBe(200)
    await eventually(() => isSeen(ada, moved.conversationId))

    faults.outages.add('dynamodb')
    const began = performance.now()
    expect(await desk.notify(moved.assign('5012'))).toBe(200)
    // Intercom waits five seconds.
    expect(performance.now() - began).toBeLessThan(4_500)
    const played = await playAll(desk, 0, 20)
    const closed = desk.desk.open({ customer: 'Al', text: 'A refund, please', adminId: '5011' })
    expect(await desk.notify(closed.body)).toBe(200)
    const waiting = stack.messaging.queue('fanfare-dev-desk-intake').counts()
    expect(waiting.visible + waiting.inFlight + waiting.delayed).toBeGreaterThan(20)
    const unreached = stack.host.stats().functions['deskIntake']?.invocations ?? 0
    await eventually(() =>
      expect(stack.host.stats().functions['deskIntake']?.invocations).toBeGreaterThan(unreached),
    )
    faults.outages.clear()
    // Its opening waits still, or not: what is told meanwhile is newer, and stands.
    Object.assign(faults.workers, { kill: 0.2, killAt: 'either', most: 10, only: ['deskIntake'] })
    expect(await desk.notify(closed.close())).toBe(200)
    const movedNow = { conversationId: moved.conversationId, course: 'moved', agentId: 'ben' } as const
    await expectInInboxes([...played, movedNow], [ada, ben, lee])
    await eventually(() =>
      expect(stack.messaging.queue('fanfare-dev-desk-intake').counts()).toMatchObject({
        visible: 0,
        inFlight: 0,
        delayed: 0,
      }),
    )
    await expectInInboxes([...played, movedNow], [ada, ben, lee])
    expect(stack.host.stats().functions['deskIntake']?.failures).toBeGreaterThan(0)
    expectNothingSetAside(stack)
  })

  it('is promised only what something took: while table and queue are away, Intercom is told so', async () => {
    const faults = noFaults()
    await using stack = await testStack({ faults })
    const { site } = stack.urls
    await using desk = await testDesk(site)
    await using ada = await testAgent(site, 'ada')
    const opened = desk.desk.open({ customer: 'Jo', text: 'A refund, please', adminId: '5011' })
    const post = async (): Promise<number> => {
      const answer = await fetch(`${site}/webhooks/intercom`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-hub-signature': signNotification(Buffer.from(opened.body), developmentIntercomSecret),
        },
        body: opened.body,
      })
      await answer.text()
      return answer.status
    }
    await eventually(() => expect(ada.unread).toBe(0))
    faults.outages.add('dynamodb').add('sqs')
    expect(await post()).toBe(503)
    faults.outages.delete('sqs')
    expect(await post()).toBe(200)
    faults.outages.clear()
    await eventually(() => isSeen(ada, opened.conversationId), 20_000)
    expect(await post()).toBe(200)
    expect(ada.seen).toHaveLength(1)
    expectNothingSetAside(stack)
  })

  it('though the agent is away and everything is restarted meanwhile', { timeout: 60_000 }, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-test-'))
    try {
      const played: Played[] = []
      {
        const stack = await testStack({ dataDir })
        {
          await using desk = await testDesk(stack.urls.site)
          await using agent = await testAgent(stack.urls.site, 'ada')
          played.push(...(await playAll(desk, 0, 10)))
          await eventually(() => expect(agent.seen.length).toBeGreaterThan(0))
        }
        // Nobody listens from here on, and the stack ends in the middle of it.
        {
          await using desk = await testDesk(stack.urls.site, '8')
          played.push(...(await playAll(desk, 0, 20)))
        }
        await stack.stop()
      }
      await using stack = await testStack({ dataDir })
      const { site } = stack.urls
      await using ada = await testAgent(site, 'ada')
      await using ben = await testAgent(site, 'ben')
      await using lee = await testAgent(site, 'lee')
      await expectInInboxes(played, [ada, ben, lee])
      expectNothingSetAside(stack)
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
