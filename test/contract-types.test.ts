/**
 * A contract's kind, parameters and payload hold from the function that writes to the page that hears: what does not fit
 * is an error of the compiler. `npm run check` compiles this file, and fails when one of these errors is none.
 */
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import type { Client } from '../client/index.ts'
import type { Live } from '../functions/platform/live-writes.ts'
import {
  anyone,
  claim,
  type FeedContract,
  feed,
  inbox,
  type PayloadOf,
  readFeedMessage,
  readInboxMessage,
  readSignalMessage,
  readStateMessage,
  type ReplyOf,
  type SignalContract,
  signal,
  state,
  type StateContract,
  stateMessage,
  topicOf,
} from '../topics/contract/index.ts'
import type { StandardSchema } from '../topics/contract/standard-schema.ts'

interface Score {
  readonly home: number
  readonly away: number
}

/** Written without any library. */
const byHand: StandardSchema<unknown, Score> = {
  '~standard': {
    version: 1,
    vendor: 'nobody',
    validate(value) {
      const { home, away } = (value ?? {}) as Partial<Score>
      if (typeof home !== 'number') return { issues: [{ message: 'is no number', path: ['home'] }] }
      if (typeof away !== 'number') return { issues: [{ message: 'is no number', path: [{ key: 'away' }] }] }
      return { value: { home, away } }
    },
  },
}

const score = state({ topic: 'games/{gameId}/score', payload: byHand, subscribe: anyone })
const scoreZod = state({
  topic: 'games/{gameId}/score',
  payload: z.object({ home: z.number(), away: z.number() }),
  subscribe: anyone,
})
const scoreValibot = state({
  topic: 'games/{gameId}/score',
  payload: v.object({ home: v.number(), away: v.number() }),
  subscribe: anyone,
})
const goals = feed({ topic: 'games/{gameId}/goals/{team}', entry: z.string(), subscribe: anyone })
const tasks = inbox({
  topic: 'agents/{agentId}/tasks',
  item: v.object({ text: v.string() }),
  subscribe: claim('agentId'),
})
const typing = signal({
  topic: 'rooms/{roomId}/typing',
  payload: z.boolean(),
  subscribe: anyone,
  publish: anyone,
})
const ask = signal({
  topic: 'desk/ask',
  payload: v.string(),
  reply: z.object({ answer: z.string() }),
  subscribe: anyone,
  publish: anyone,
})

describe.each([
  ['by hand', score],
  ['by zod', scoreZod],
  ['by valibot', scoreValibot],
])('a contract whose schema is written %s', (_, contract: StateContract<'games/{gameId}/score', Score>) => {
  const head = { topic: 'games/1/score', epoch: 'E', sequence: 1, time: '2026-11-21T00:00:00Z' }

  it('reads what fits and says what does not, alike', () => {
    const message = stateMessage(contract, head, { home: 1, away: 2 })
    expect(readStateMessage(contract, message)).toMatchObject({ message: { value: { home: 1, away: 2 } } })
    expect(readStateMessage(contract, { ...message, data: { home: 1, away: 'two' } })).toEqual({
      code: 'unfit-message',
      problem: expect.stringMatching(/does not fit games\/\{gameId\}\/score: away: /),
    })
  })
})

it('a contract carries its pattern, its payload and its reply in its type', () => {
  expectTypeOf(score).toEqualTypeOf<StateContract<'games/{gameId}/score', Score>>()
  expectTypeOf(goals).toEqualTypeOf<FeedContract<'games/{gameId}/goals/{team}', string>>()
  expectTypeOf(ask).toEqualTypeOf<SignalContract<'desk/ask', string, { answer: string }>>()
  expectTypeOf<PayloadOf<typeof scoreZod>>().toEqualTypeOf<{ home: number; away: number }>()
  expectTypeOf<PayloadOf<typeof tasks>>().toEqualTypeOf<{ text: string }>()
  expectTypeOf<PayloadOf<typeof typing>>().toEqualTypeOf<boolean>()
  expectTypeOf<ReplyOf<typeof ask>>().toEqualTypeOf<{ answer: string }>()
  expectTypeOf<ReplyOf<typeof typing>>().toEqualTypeOf<never>()
})

/** Compiled and never run: each line is right, or its error is expected. */
export function everyMistakeIsSeen(live: Live, client: Client): unknown {
  return [
    topicOf(score, { gameId: '1' }),
    // @ts-expect-error a parameter is missing
    topicOf(goals, { gameId: '1' }),
    // @ts-expect-error a parameter of another name
    topicOf(score, { game: '1' }),
    // @ts-expect-error a parameter is a text
    topicOf(score, { gameId: 1 }),

    live.set(score, { gameId: '1' }, { home: 1, away: 0 }),
    // @ts-expect-error another payload
    live.set(score, { gameId: '1' }, { home: 1 }),
    // @ts-expect-error a feed has no value to set
    live.set(goals, { gameId: '1', team: 'a' }, 'goal'),
    live.append(goals, { gameId: '1', team: 'a' }, [{ value: 'goal' }, { retracts: '0000000000000001' }]),
    // @ts-expect-error a state has no entries
    live.append(score, { gameId: '1' }, [{ value: { home: 1, away: 0 } }]),
    // @ts-expect-error another entry
    live.append(goals, { gameId: '1', team: 'a' }, [{ value: 1 }]),

    client.state(score, { gameId: '1' }, { onValue: ({ home }) => home.toFixed() }),
    // @ts-expect-error the value has no such field
    client.state(score, { gameId: '1' }, { onValue: ({ total }) => total }),
    // @ts-expect-error the feed is no state
    client.state(goals, { gameId: '1', team: 'a' }),
    // @ts-expect-error the state is no feed
    client.feed(score, { gameId: '1' }),
    // @ts-expect-error the inbox is no feed
    client.feed(tasks, { agentId: 'ann' }),
    client.inbox(tasks, { agentId: 'ann' }),
    // @ts-expect-error a parameter of another contract
    client.inbox(tasks, { gameId: '1' }),
    client.signal(typing, { roomId: '1' }),
    // @ts-expect-error the state is no signal
    client.signal(score, { gameId: '1' }),
    client.request(ask, {}, 'why?').then(({ answer }) => answer.trim()),
    // @ts-expect-error a question of another type
    client.request(ask, {}, 42),

    // @ts-expect-error a signal is no feed
    readFeedMessage(typing, {}),
    // @ts-expect-error a feed is no inbox
    readInboxMessage(goals, {}),
    // @ts-expect-error a state is no signal
    readSignalMessage(score, {}),
    // @ts-expect-error an inbox is no state
    readStateMessage(tasks, {}),

    // @ts-expect-error a state has a payload
    state({ topic: 'a', entry: v.string(), subscribe: anyone }),
    // @ts-expect-error nothing says who may hear it
    state({ topic: 'a', payload: v.string() }),
    // @ts-expect-error nothing says who may publish it
    signal({ topic: 'a', payload: v.string(), subscribe: anyone }),
    // @ts-expect-error overflow is gap or recover
    feed({ topic: 'a', entry: v.string(), subscribe: anyone, overflow: 'drop' }),
  ]
}
