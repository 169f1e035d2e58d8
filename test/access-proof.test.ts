/** For every contract and every pair of principals: who may subscribe, receive and publish, and who may not. */
import type { MqttClient } from 'mqtt'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { verifyBearer } from '../functions/platform/session-token/bearer-token.ts'
import { type HistoryPorts, readEvents, readState } from '../functions/live/history.ts'
import { ProblemError } from '../functions/platform/problem.ts'
import {
  anyone,
  checkPolicies,
  claim,
  type Claims,
  clientIdsOf,
  feed,
  inbox,
  isRecorded,
  nobody,
  type PolicyDocument,
  replyTopicOf,
  role,
  signal,
  signedIn,
  state,
  type TopicContract,
} from '../topics/contract/index.ts'
import { contracts as registry } from '../topics/registry.ts'
import {
  forbiddenFilters,
  hears,
  isGranted,
  isTaken,
  openRealm,
  publicKeys,
  publishes,
  type Realm,
  type Ticket,
  ticketOf,
  topicsOf,
} from './support/access-matrix.ts'

const text = v.string()

/** One topic that everybody hears: what comes before its message has come to everybody. */
const bell = state({ topic: 'bell', payload: text, subscribe: anyone })

const nasty: readonly TopicContract[] = [
  bell,
  state({ topic: 'secret', payload: text, subscribe: role('staff') }),
  state({ topic: 'secretary', payload: text, subscribe: anyone }),
  feed({ topic: 'secrets/{x}', entry: text, subscribe: signedIn }),
  state({ topic: 'pub/{x}/a', payload: text, subscribe: anyone }),
  state({ topic: 'pub/{x}/b/{y}', payload: text, subscribe: anyone }),
  feed({ topic: 'pub/{x}/c/d', entry: text, subscribe: role('staff') }),
  inbox({ topic: 'agents/{agentId}/tasks', item: text, subscribe: claim('agentId') }),
  state({ topic: 'agents/{agentId}/card', payload: text, subscribe: signedIn }),
  feed({ topic: 'teams/{teamId}/{x}', entry: text, subscribe: claim('teamId') }),
  feed({ topic: 'desks/{deskId}/log', entry: text, subscribe: role('desk') }),
  signal({ topic: 'rooms/{roomId}/typing', payload: text, subscribe: signedIn, publish: signedIn }),
  signal({
    topic: 'agents/{agentId}/typing',
    payload: text,
    subscribe: role('staff'),
    publish: claim('agentId'),
  }),
  signal({ topic: 'shout', payload: text, subscribe: anyone, publish: anyone }),
  signal({ topic: 'command', payload: text, subscribe: signedIn, publish: nobody }),
  signal({ topic: 'asks/{deskId}', payload: text, reply: text, subscribe: nobody, publish: role('desk') }),
]

/** A pattern that begins with a claim, and values that are other contracts' words. */
const ownWord: readonly TopicContract[] = [
  bell,
  feed({ topic: '{agentId}/own/feed', entry: text, subscribe: claim('agentId') }),
  signal({
    topic: '{agentId}/own/signal',
    payload: text,
    subscribe: claim('agentId'),
    publish: claim('agentId'),
  }),
  state({ topic: 'x1/{agentId}/total', payload: text, subscribe: claim('agentId') }),
]

const person = (principal: string, values: Record<string, string>, ...roles: string[]): Claims => ({
  principal,
  signedIn: true,
  roles,
  values,
})
const people: readonly Claims[] = [
  { principal: 'visitor', signedIn: false, roles: [], values: {} },
  // A visitor's token that says more than a visitor may be given.
  {
    principal: 'pretender',
    signedIn: false,
    roles: ['staff', 'desk'],
    values: { agentId: 'ann', teamId: 'bob' },
  },
  person('nobody', {}),
  person('ann', { agentId: 'ann', teamId: 'x1' }),
  person('bob', { agentId: 'bob', teamId: 'ann' }, 'desk'),
  person('card', { agentId: 'x1' }, 'desk'),
  person('boss', {}, 'staff'),
]
const values = ['ann', 'bob', 'x1']

/** What went otherwise than the rules say, in words; empty when all went well. */
async function violations(
  contracts: readonly TopicContract[],
  change?: (documents: readonly PolicyDocument[]) => readonly PolicyDocument[],
): Promise<string[]> {
  await using realm = await openRealm(contracts, change)
  const wrong: string[] = []
  const check = (expected: boolean, seen: boolean, what: string): void => {
    if (expected !== seen) wrong.push(`${what}: ${seen ? 'may, and may not' : 'may not, and may'}`)
  }
  const topics = topicsOf(contracts, values)
  const replies = people.flatMap(({ principal }) => clientIdsOf(principal).map(replyTopicOf))
  const all = await Promise.all(
    people.map(async (claims) => {
      const ticket = await ticketOf(claims)
      const client = await realm.connect(ticket)
      const heard: string[] = []
      client.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString()}`))
      return { claims, ticket, client, heard }
    }),
  )

  // Subscribe: everybody to everything.
  await Promise.all(
    all.map(async ({ claims, client }) => {
      const asks = contracts.some(
        ({ topic, ...rest }) => 'reply' in rest && publishesSome(contracts, claims, topic),
      )
      for (const topic of topics) {
        check(
          hears(contracts, claims, topic),
          await isGranted(client, topic),
          `${claims.principal} subscribes to ${topic}`,
        )
      }
      for (const filter of forbiddenFilters(contracts, topics)) {
        check(false, await isGranted(client, filter), `${claims.principal} subscribes to ${filter}`)
      }
      for (const topic of replies) {
        const own = clientIdsOf(claims.principal).map(replyTopicOf).includes(topic)
        check(own && asks, await isGranted(client, topic), `${claims.principal} subscribes to ${topic}`)
      }
    }),
  )

  // Receive: what a function publishes comes to whom it is for, and to nobody else.
  for (const topic of topics) realm.publish(topic, 'from a function')
  await ring(realm, all)
  for (const { claims, heard } of all) {
    for (const topic of topics) {
      check(
        hears(contracts, claims, topic),
        heard.includes(`${topic} from a function`),
        `${claims.principal} receives ${topic}`,
      )
    }
  }

  // Publish: everybody to everything; and each other principal hears it, or does not.
  for (const { claims, ticket } of all) {
    const publisher = await realm.connect(ticket, { clientId: clientIdsOf(claims.principal)[1] })
    for (const topic of [...topics, ...replies, `${topics[0]}/deeper`]) {
      const may = publishes(contracts, claims, topic)
      const payload = `from ${claims.principal}`
      check(may, await isTaken(publisher, topic, payload), `${claims.principal} publishes to ${topic}`)
      check(false, await isTaken(publisher, topic, payload, true), `${claims.principal} retains on ${topic}`)
    }
  }
  await ring(realm, all)
  for (const from of people) {
    for (const { claims, heard } of all) {
      for (const topic of topics) {
        check(
          publishes(contracts, from, topic) && hears(contracts, claims, topic),
          heard.includes(`${topic} from ${from.principal}`),
          `${claims.principal} receives what ${from.principal} sends on ${topic}`,
        )
      }
    }
  }
  return wrong
}

function publishesSome(contracts: readonly TopicContract[], claims: Claims, pattern: string): boolean {
  const asked = contracts.filter(({ topic }) => topic === pattern)
  return topicsOf(asked, [...values, ...Object.values(claims.values)]).some((topic) =>
    publishes(contracts, claims, topic),
  )
}

/** Waits until everything published so far has come to everybody it comes to. */
async function ring(
  realm: Realm,
  all: readonly { readonly client: MqttClient; readonly heard: string[] }[],
): Promise<void> {
  const rung = all.map(
    ({ client }) =>
      new Promise<void>((resolve) =>
        client.on('message', (topic, payload) => {
          if (topic === bell.topic && payload.toString() === 'now') resolve()
        }),
      ),
  )
  realm.publish(bell.topic, 'now')
  await Promise.all(rung)
}

describe.each([
  ['the project', [bell, ...registry]],
  ['nasty contracts', nasty],
  ['contracts that begin with a claim', ownWord],
])('%s', (_, contracts) => {
  it('passes the check', () => {
    expect(checkPolicies(contracts)).toEqual([])
  })

  it('is heard and published to by whom the rules say, and by nobody else', async () => {
    expect(await violations(contracts)).toEqual([])
  })

  it('is read by HTTP by whom the rules say, and by nobody else', async () => {
    const ports = httpPorts(contracts)
    for (const claims of [undefined, ...people]) {
      const bearer = claims && bearerOf(await ticketOf(claims))
      for (const topic of topicsOf(contracts, values)) {
        const contract = contracts.find((one) => topicsOf([one], values).includes(topic))
        const who = claims ?? { principal: '', signedIn: false, roles: [], values: {} }
        const may = hears(contracts, who, topic)
        const recorded = contract !== undefined && isRecorded(contract)
        const expected = !recorded ? 404 : may ? 200 : claims ? 403 : 401
        const about = `${who.principal} reads ${topic}`
        expect([about, await statusOf(readState(topic, bearer, ports))]).toEqual([about, expected])
        // A state has no log; whoever may not hear it is not even told that.
        const log = expected === 200 && contract?.kind === 'state' ? 400 : expected
        expect([about, await statusOf(readEvents({ topic }, bearer, ports))]).toEqual([about, log])
      }
    }
  })
})

describe('the proof', () => {
  const drop =
    (unwanted: (action: string, effect: string) => boolean) => (documents: readonly PolicyDocument[]) =>
      documents.map(({ Version, Statement }) => ({
        Version,
        Statement: Statement.filter(({ Action, Effect }) => !unwanted(Action, Effect)),
      }))
  const replace = (from: RegExp, to: string) => (documents: readonly PolicyDocument[]) =>
    JSON.parse(JSON.stringify(documents).replaceAll(from, to)) as PolicyDocument[]

  it.each([
    ['lets wildcards through', drop((_, effect) => effect === 'Deny'), 'subscribes to'],
    ['binds no claim', replace(/agents\/(ann|bob|x1)\/tasks/g, 'agents/*/tasks'), 'agents/'],
    ['lets anybody publish anywhere', replace(/topic\/shout/g, 'topic/*'), 'publishes to'],
    ['retains', replace(/"iot:Publish"/g, '["iot:Publish","iot:RetainPublish"]'), 'retains on'],
    ['grants subscribing alone', replace(/topic\/shout/g, 'topic/none'), 'receives shout'],
    ['widens one word too far', replace(/pub\/\*\/a/g, 'pub/*'), 'pub/'],
    ['shows the replies of others', replace(/replies\/\w+-0/g, 'replies/*'), 'replies/'],
  ])('notices a policy that %s', async (_, change, words) => {
    const wrong = await violations(nasty, change).catch((error: unknown) => [String(error)])
    expect(wrong.join('\n')).toContain(words)
  })
})

describe('client IDs', () => {
  it("are a principal's own two: no other's, no wildcard, none of its own making", async () => {
    await using realm = await openRealm(nasty)
    const [ann, bob] = await Promise.all([ticketOf(people[3] as Claims), ticketOf(people[4] as Claims)])
    const client = await realm.connect(bob)
    const unfit = [
      'bob-0',
      'bob-1',
      '+',
      '#',
      '*',
      '?',
      '',
      'ann',
      'ann-2',
      'ann-0 ',
      'ann-*',
      'ann-0/x',
      '$aws',
      'visitor-0',
    ]
    for (const clientId of unfit) {
      expect([clientId, await letsIn(realm.connect(ann, { clientId }))]).toEqual([clientId, false])
    }
    // Nobody took bob's place.
    expect(client.connected).toBe(true)
    expect(await isGranted(client, 'agents/bob/tasks')).toBe(true)
  })

  it('a second connection takes over the first with the same rights, not with more', async () => {
    await using realm = await openRealm(nasty)
    const ann = await ticketOf(people[3] as Claims)
    const first = await realm.connect(ann)
    const ended = new Promise<void>((resolve) => first.once('close', () => resolve()))
    const second = await realm.connect(ann)
    await ended
    expect([
      await isGranted(second, 'agents/ann/tasks'),
      await isGranted(second, 'agents/bob/tasks'),
    ]).toEqual([true, false])
  })

  it('cannot leave a Will where their principal may not publish', async () => {
    await using realm = await openRealm(nasty)
    const ann = await ticketOf(people[3] as Claims)
    const will = (topic: string, retain = false) => ({
      will: { topic, payload: Buffer.from('will'), qos: 0 as const, retain },
    })
    for (const topic of ['agents/bob/typing', 'agents/ann/tasks', 'secret', 'replies/bob-0']) {
      expect([topic, await letsIn(realm.connect(ann, will(topic)))]).toEqual([topic, false])
    }
    expect(await letsIn(realm.connect(ann, will('agents/ann/typing', true)))).toBe(false)
    expect(await letsIn(realm.connect(ann, will('agents/ann/typing')))).toBe(true)
  })
})

/** Whether a connection came to be. */
async function letsIn(connection: Promise<MqttClient>): Promise<boolean> {
  try {
    return (await connection).connected
  } catch {
    // mqtt.js rejects when the CONNACK holds a failure, and for a socket that closes.
    return false
  }
}

function httpPorts(contracts: readonly TopicContract[]): HistoryPorts {
  const value = JSON.stringify('x')
  return {
    contracts: contracts.filter(isRecorded),
    table: {
      head: (topic) =>
        Promise.resolve({
          topic,
          epoch: '0'.repeat(26),
          sequence: 0,
          at: '2026-11-21T00:00:00Z',
          floor: 0,
          value,
        }),
      entriesNewestFirst: none,
      segments: none,
    },
    verify: (bearer) => Promise.resolve(verifyBearer(bearer, publicKeys, Date.now())?.claims),
  }
}

async function* none(): AsyncGenerator<never> {}

const bearerOf = ({ token, signature }: Ticket): string =>
  `${token}.${Buffer.from(signature, 'base64').toString('base64url')}`

async function statusOf(answer: Promise<unknown>): Promise<number> {
  try {
    await answer
    return 200
  } catch (error) {
    if (error instanceof ProblemError) return error.status
    throw error
  }
}
