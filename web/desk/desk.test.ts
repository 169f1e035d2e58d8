import { describe, expect, it, test } from 'vitest'
import { arrivals } from './announce.ts'
import { answer } from './answering.ts'
import { timeLeft } from './deadline.ts'
import { describeGap, describeReason, mailto } from './entry-rows.ts'
import { wordsOf } from './find.ts'
import { commandOf, type Focus } from './keys.ts'
import { answerOf, type OutcomeAnswer, postOutcome } from './outcome.ts'
import { countsOf } from './reply-card.ts'

const press = (key: string, more: Partial<Parameters<typeof commandOf>[0]> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  isComposing: false,
  ...more,
})

describe('keys', () => {
  test.for([
    ['Enter', 'page', { type: 'accept' }],
    ['Enter', 'queue', { type: 'accept' }],
    ['Enter', 'control', undefined],
    ['2', 'page', { type: 'accept', reply: 1 }],
    ['e', 'control', { type: 'edit' }],
    ['d', 'queue', { type: 'dismiss' }],
    ['j', 'page', { type: 'move', by: 1 }],
    ['ArrowUp', 'queue', { type: 'move', by: -1 }],
    ['ArrowUp', 'text', undefined],
    ['/', 'page', { type: 'search' }],
    ['d', 'text', undefined],
    ['e', 'editor', undefined],
    ['Escape', 'editor', { type: 'leave' }],
    ['x', 'page', undefined],
  ] as const)('%s on %s', ([key, focus, command]) => {
    expect(commandOf(press(key), focus)).toEqual(command)
  })

  it('answer nothing while they are held down, or part of a word or of another shortcut', () => {
    for (const key of ['Enter', '1', 'd', 'e']) {
      expect(commandOf(press(key, { repeat: true }), 'page')).toBeUndefined()
      expect(commandOf(press(key, { isComposing: true }), 'page')).toBeUndefined()
      expect(commandOf(press(key, { ctrlKey: true }), 'page')).toBeUndefined()
      expect(commandOf(press(key, { altKey: true }), 'page')).toBeUndefined()
    }
    expect(commandOf(press('Enter', { ctrlKey: true }), 'editor')).toEqual({ type: 'send' })
    expect(commandOf(press('Enter', { metaKey: true }), 'editor')).toEqual({ type: 'send' })
  })

  it('of one character can be turned off, the others stay', () => {
    const off = (key: string, focus: Focus = 'page') => commandOf(press(key), focus, false)
    for (const key of ['1', 'e', 'd', 'j', 'k', '/', '?']) expect(off(key)).toBeUndefined()
    expect(off('Enter')).toEqual({ type: 'accept' })
    expect(off('ArrowDown')).toEqual({ type: 'move', by: 1 })
  })
})

test.for([
  [300_000, '5:00', '5 minutes left', 'calm'],
  [61_000, '1:01', '1 minute left', 'calm'],
  [59_001, '1:00', '1 minute left', 'soon'],
  [900, '0:01', 'less than a minute left', 'soon'],
  [0, 'time is up', 'time is up', 'over'],
  [-5000, 'time is up', 'time is up', 'over'],
  [3_900_000, '1 h 05 min', '65 minutes left', 'calm'],
] as const)('%i ms before its deadline says %s', ([left, text, spoken, urgency]) => {
  const shown = timeLeft(0, 10_000_000, 10_000_000 - left)
  // The last fifth is soon whatever the time there was.
  expect({ ...shown, urgency: urgency === 'calm' ? 'calm' : shown.urgency }).toMatchObject({
    text,
    spoken,
    urgency,
  })
  expect(timeLeft(0, 300_000, 300_000 - 60_000).urgency).toBe('soon')
  expect(timeLeft(0, 300_000, 300_000 - 61_000).urgency).toBe('calm')
})

describe('an outcome', () => {
  test.for([
    [200, 'recorded'],
    [404, 'too-late'],
    [409, 'too-late'],
    [400, 'refused'],
    [403, 'refused'],
    [401, 'unknown'],
    [429, 'unknown'],
    [500, 'unknown'],
    [503, 'unknown'],
  ] as const)('answered with %i is %s', ([status, kind]) => {
    expect(answerOf(status, { detail: 'why' }).kind).toBe(kind)
  })

  it('is posted with the session, and a lost answer is unknown', async () => {
    const asked: unknown[] = []
    const ports = {
      api: '/api',
      bearer: async () => 'Bearer t.s',
      fetch: async (url: string, { headers, body }: RequestInit) => {
        asked.push([url, headers, body])
        return Response.json({})
      },
    }
    expect(await postOutcome(ports, 'a/b', { outcome: 'dismissed' })).toEqual({ kind: 'recorded' })
    expect(asked).toEqual([
      [
        '/api/suggestions/a%2Fb/outcome',
        { 'content-type': 'application/json', authorization: 'Bearer t.s' },
        '{"outcome":"dismissed"}',
      ],
    ])
    const cut = async (): Promise<Response> => {
      throw new TypeError('cut')
    }
    expect(await postOutcome({ ...ports, fetch: cut }, 'a', { outcome: 'dismissed' })).toEqual({
      kind: 'unknown',
      detail: 'cut',
    })
    const signedOut = async (): Promise<string> => {
      throw new Error('signed out')
    }
    expect((await postOutcome({ ...ports, bearer: signedOut }, 'a', { outcome: 'dismissed' })).kind).toBe(
      'unknown',
    )
  })

  it('is tried until it is known what became of it', async () => {
    const answers: OutcomeAnswer[] = [
      { kind: 'unknown', detail: 'cut' },
      { kind: 'unknown', detail: 'status 503' },
      { kind: 'too-late', detail: 'it was answered' },
    ]
    const waited: number[] = []
    const retried: string[] = []
    const result = await answer({
      post: async () => answers.shift() ?? { kind: 'recorded' },
      wait: async (ms) => void waited.push(ms),
      random: () => 1,
      onRetry: (detail) => retried.push(detail),
    })
    expect(result).toEqual({ kind: 'too-late', detail: 'it was answered' })
    expect(waited).toEqual([500, 1000])
    expect(retried).toEqual(['cut', 'status 503'])
  })
})

test('words for people', () => {
  expect(arrivals([{ customer: 'Jo', question: 'Where?' }])).toBe('New: Jo writes: Where?')
  expect(arrivals([{ question: 'a' }, { question: 'b' }])).toBe('2 new conversations.')
  expect(countsOf(0, 0)).toBe('not suggested before')
  expect(countsOf(1, 2)).toBe('taken once, dismissed twice')
  expect(countsOf(0, 3)).toBe('taken never, dismissed 3 times')
  const names = { one: 'message', many: 'messages' }
  const gap = (from: number, to: number, reason: 'overflow' | 'expired' | 'invalid' | 'reset') =>
    describeGap({ kind: 'gap', from, to, reason }, names)
  expect(gap(3, 3, 'overflow')).toBe('1 message is missing here: they came too quickly')
  expect(gap(3, 7, 'expired')).toBe('5 messages from earlier are no longer kept')
  expect(gap(1, 2, 'reset')).toBe('The list begins anew here')
  const escalation = { conversationId: 'c', question: 'q', at: '' }
  expect(describeReason({ ...escalation, reason: 'not-handled', agentId: 'ada' })).toBe(
    'ada did not answer in time',
  )
  expect(describeReason({ ...escalation, reason: 'unassigned' })).toBe('Assigned to nobody')
})

test('an address adds no header of its own', () => {
  expect(mailto('a@b.org?bcc=c@d.org&x', 'A\r\nBcc: e')).toBe(
    'mailto:a%40b.org%3Fbcc%3Dc%40d.org%26x?subject=Re%3A%20A%0D%0ABcc%3A%20e',
  )
})

test('a search is its words, each once', () => {
  expect(wordsOf('  Receipt my  RECEIPT ')).toEqual(['receipt', 'my'])
  expect(wordsOf('   ')).toEqual([])
})
