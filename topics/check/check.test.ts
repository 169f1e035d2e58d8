import { afterEach, describe, expect, it } from 'vitest'
import { checkContracts, type CheckOptions } from './check.ts'
import { findingText } from './finding.ts'
import { loadContracts } from './load-contracts.ts'
import type { LocatedContract } from './located-contract.ts'
import { overlapFindings, sharedTopic } from './overlaps.ts'
import * as v from 'valibot'
import { anyone, state } from '../contract/index.ts'
import { parsePattern } from '../contract/pattern.ts'
import { type ContractFolder, contractFolder } from './testing/contract-folder.ts'

let folder: ContractFolder | undefined
afterEach(() => {
  folder?.[Symbol.dispose]()
  folder = undefined
})

const small = 'v.object({ n: v.number() })'

async function check(files: Readonly<Record<string, string>>, options: CheckOptions = {}) {
  folder = contractFolder(files)
  const { contracts, findings } = await loadContracts(folder.path)
  return [...findings, ...checkContracts(contracts, options)].map(
    ({ code, level, file, line, topic, problem, remedy }) => ({
      code,
      level,
      at: `${file.slice((folder?.path.length ?? 0) + 1)}:${line}`,
      topic,
      problem,
      remedy,
    }),
  )
}

describe('fanfare check', () => {
  it('finds nothing wrong with sound contracts of all four kinds, from Valibot and Zod', async () => {
    const found = await check({
      'a.ts': `export const a = state({ topic: 'a/{id}', payload: ${small}, subscribe: anyone })
export const b = feed({ topic: 'b/{id}', entry: z.object({ n: z.number(), text: z.string().max(100) }), subscribe: signedIn })
export const c = inbox({ topic: 'c/{id}', item: ${small}, subscribe: claim('id') })
export const d = signal({ topic: 'd/{id}', payload: ${small}, reply: ${small}, subscribe: role('staff'), publish: anyone })`,
    })
    expect(found).toEqual([])
  })

  it.each([
    [
      'a string',
      'v.object({ text: v.string() })',
      'payload text is a string without a longest length',
      'add maxLength',
    ],
    [
      'a list',
      `v.object({ list: v.array(${small}) })`,
      'payload list is a list without a longest length',
      'add maxItems',
    ],
    ['anything', 'v.object({ any: v.unknown() })', 'payload any is anything at all', 'say its type'],
    [
      'a record',
      'v.record(v.string(), v.number())',
      'payload is an object with any number',
      'name its properties',
    ],
  ])('names %s without a bound, docs/aws-iot-core.md §3', async (_, schema, problem, remedy) => {
    const [found, ...more] = await check({
      'a.ts': `\nexport const a = state({\n  topic: 'a',\n  subscribe: anyone,\n  payload: ${schema},\n})`,
    })
    expect(more).toEqual([])
    expect(found).toMatchObject({ code: 'SCHEMA_UNBOUNDED', level: 'error', at: 'a.ts:6', topic: 'a' })
    expect(found?.problem).toContain(problem)
    expect(found?.remedy).toContain(remedy)
  })

  it('shows the bytes of a message that can exceed maxBytes, to the byte', async () => {
    const contract = (length: number): Record<string, string> => ({
      'a.ts': `export const a = feed({
  topic: 'a/{id}',
  entry: v.object({ text: v.pipe(v.string(), v.maxLength(${length}), v.regex(/^[a-z]*$/)) }),
  subscribe: anyone,
  maxBytes: 2000,
})`,
    })
    const [tooLong] = await check(contract(2000))
    expect(tooLong).toMatchObject({ code: 'MESSAGE_TOO_LARGE', at: 'a.ts:6', topic: 'a/{id}' })
    const [, bytes = ''] = /can have (\d+) bytes/.exec(tooLong?.problem ?? '') ?? []
    folder?.[Symbol.dispose]()
    expect(await check(contract(2000 - (Number(bytes) - 2000)))).toEqual([])
    folder?.[Symbol.dispose]()
    expect(await check(contract(2001 - (Number(bytes) - 2000)))).toHaveLength(1)
  })

  it('names a library that gives no JSON Schema', async () => {
    const [found] = await check({
      'a.ts': `const homemade = { '~standard': { version: 1, vendor: 'homemade', validate: (value) => ({ value }) } }
export const a = state({ topic: 'a', payload: homemade, subscribe: anyone })`,
    })
    expect(found).toMatchObject({ code: 'NO_JSON_SCHEMA', at: 'a.ts:3' })
    expect(found?.problem).toContain('cannot be documented: its schema is of homemade')
  })

  it.each([
    ['payload', `payload: v.objectAsync({ n: v.number() })`],
    ['payload', `payload: z.object({ n: z.number() }).refine(async () => true)`],
    ['reply', `payload: ${small}, reply: v.objectAsync({ n: v.number() })`],
  ])('names a %s that is checked asynchronously', async (property, options) => {
    const found = await check({
      'a.ts': `export const a = signal({ topic: 'a', ${options}, subscribe: anyone, publish: anyone })`,
    })
    expect(found).toMatchObject([{ code: 'ASYNC_SCHEMA', at: 'a.ts:2' }])
    expect(found[0]?.problem).toMatch(new RegExp(`^${property} `))
  })

  it('finds two patterns that one topic name belongs to, and says which name', async () => {
    const one = (pattern: string): string =>
      `export const x${pattern.length} = state({ topic: '${pattern}', payload: ${small}, subscribe: anyone })`
    const found = await check({
      'a.ts': one('shows/{showId}/total'),
      'b.ts': one('shows/live/{part}'),
      'c.ts': one('shows/live'),
      'd.ts': one('shows/{showId}/totals'),
    })
    expect(found.map(({ code, at, problem }) => [code, at, /^\S+/.exec(problem)?.[0]])).toEqual([
      ['OVERLAPPING_CONTRACTS', 'b.ts:2', 'shows/live/total'],
      ['OVERLAPPING_CONTRACTS', 'd.ts:2', 'shows/live/totals'],
    ])
  })

  it('finds overlaps with patterns that begin with a parameter, whichever comes first', () => {
    const located = (topic: string): LocatedContract => ({
      name: 'a',
      contract: state({ topic, payload: v.number(), subscribe: anyone }),
      file: 'a.ts',
      line: 1,
      description: '',
      lineOf: () => 1,
    })
    const topics = ['{a}/b', 'x/b', 'y/c', '{b}/{c}', 'y/{d}', 'x/b/c', 'y/c', `${'z'.repeat(65)}/c`]
    const found = overlapFindings(topics.map(located)).map(
      ({ topic, problem }) => `${topic}: ${/^\S+ is a topic of (\S+)/.exec(problem)?.[1]}`,
    )
    // Each two, by the definition itself.
    const wanted = topics.flatMap((is, index) =>
      topics
        .slice(0, index)
        .filter(
          (was) =>
            sharedTopic(parsePattern(was), parsePattern(is)) !== undefined &&
            was.split('/').length === is.split('/').length,
        )
        .map((was) => `${is}: ${was}`),
    )
    expect(found.toSorted()).toEqual(wanted.toSorted())
    expect(found).toContain('y/c: {b}/{c}')
  })

  it('shows the arithmetic of an audience that does not fit, and what would', async () => {
    const contract = (rest: string): Record<string, string> => ({
      'a.ts': `export const a = state({ topic: 'a', payload: ${small}, subscribe: anyone, ${rest} })`,
      'b.ts': `export const b = state({ topic: 'b', payload: ${small}, subscribe: anyone, load: { audience: 5000 } })`,
    })
    const [found] = await check(contract('load: { audience: 60000, rate: 3 }'))
    expect(found).toMatchObject({ code: 'AUDIENCE_TOO_LARGE', at: 'a.ts:2', topic: 'a' })
    expect(found?.problem).toContain(
      '60,000 people × 1 topic × 1 message a second = 60,000 messages out a second, with the other contracts 65,000; the account in eu-west-1 may send 20,000',
    )
    expect(found?.remedy).toContain('paceSeconds: 4')
    expect(found?.remedy).toContain('outbound=65000')
    folder?.[Symbol.dispose]()
    expect(await check(contract('paceSeconds: 4, load: { audience: 60000, rate: 3 }'))).toEqual([])
    folder?.[Symbol.dispose]()
    expect(
      await check(contract('load: { audience: 60000, rate: 3 }'), { raised: { outbound: 65_000 } }),
    ).toEqual([])
  })

  it("says how far an audience stretches a pace that is 'auto', and when no pace would help", async () => {
    const contract = (audience: number): Record<string, string> => ({
      'a.ts': `export const a = state({ topic: 'a', payload: ${small}, subscribe: anyone, pace: 'auto', load: { audience: 60000, rate: 3 } })`,
      'b.ts': `export const b = state({ topic: 'b', payload: ${small}, subscribe: anyone, load: { audience: ${audience} } })`,
    })
    const [stretched, ...more] = await check(contract(6000))
    expect(more).toEqual([])
    // 20,000 × 0.9 − 6,000 = 12,000 messages a second for 60,000 people.
    expect(stretched).toMatchObject({ level: 'note', code: 'PACE_STRETCHES', at: 'a.ts:2' })
    expect(stretched?.problem).toContain('60,000 people stretch it from 1 s to 5 s')
    folder?.[Symbol.dispose]()
    const [noRoom] = await check(contract(19_000))
    expect(noRoom).toMatchObject({ level: 'error', code: 'AUDIENCE_TOO_LARGE', at: 'a.ts:2' })
    expect(noRoom?.problem).toContain('from 1 s to 1 h, the longest there is')
  })

  it('is stricter in the smaller Regions, docs/aws-iot-core.md §3', async () => {
    const contract = `export const a = state({ topic: 'a', payload: ${small}, subscribe: anyone, load: { audience: 3000 } })`
    expect(await check({ 'a.ts': contract })).toEqual([])
    folder?.[Symbol.dispose]()
    expect(await check({ 'a.ts': contract }, { region: 'eu-west-3' })).toMatchObject([
      { code: 'AUDIENCE_TOO_LARGE' },
    ])
  })

  it('finds connections, retained topics and signals over their quotas', async () => {
    const found = await check({
      // One person each: an inbox retains nothing, a state its value.
      'a.ts': `export const a = state({ topic: 'a/{id}', payload: ${small}, subscribe: claim('id'), load: { audience: 1, topics: 600000, rate: 0.0001 } })`,
      'b.ts': `export const b = signal({ topic: 'b', payload: ${small}, subscribe: anyone, publish: anyone, load: { audience: 10, rate: 150 } })`,
    })
    expect(
      found.map(({ code, at, problem }) => `${code} ${at} ${/"(.*)"/.exec(problem)?.[1] ?? ''}`).toSorted(),
    ).toEqual([
      'CONNECTION_RATE b.ts:2 ',
      'OVER_QUOTA a.ts:2 Maximum concurrent client connections per account',
      'OVER_QUOTA a.ts:2 Maximum number of retained messages per account',
      'OVER_QUOTA a.ts:2 Subscriptions per account',
    ])
  })

  it('fails a contract over its budget, with the sum', async () => {
    const contract = (budget: number): string => `export const a = state({
  topic: 'a', payload: ${small}, subscribe: anyone,
  load: { audience: 1000, rate: 1, hoursPerMonth: 10 },
  budgetPerMonth: ${budget},
})`
    const [found] = await check({ 'a.ts': contract(20) })
    expect(found).toMatchObject({ code: 'OVER_BUDGET', level: 'error', at: 'a.ts:5' })
    // 36,000 messages in, stored, and to 1,000 people; 20,000 visits of three units; 600,000 minutes.
    expect(found?.problem).toContain('$36.18 a month in eu-west-1, and budgetPerMonth is $20.00')
    folder?.[Symbol.dispose]()
    expect(await check({ 'a.ts': contract(37) })).toEqual([])
  })

  it('finds policies that would reach too far', async () => {
    const found = await check({
      'a.ts': `export const a = state({ topic: 'shows/{showId}/total', payload: ${small}, subscribe: anyone })`,
      'b.ts': `export const b = state({ topic: 'shows/{showId}/staff/total', payload: ${small}, subscribe: role('staff') })`,
    })
    expect(found).toMatchObject([
      { code: 'POLICY_TOO_WIDE', level: 'error', at: expect.stringMatching(/^[ab]\.ts:2$/) },
    ])
  })

  it.each([
    [
      "export const a = state({ topic: 'a//b', payload: v.number(), subscribe: anyone })",
      'INVALID_PATTERN',
      'level ""',
    ],
    [
      "\n\nexport const a = state({ topic: 'a', payload: v.number(), subscribe: anyone, maxBytes: 7 })",
      'INVALID_OPTION',
      'maxBytes is 7',
    ],
    ['export const a = state({', 'UNREADABLE_FILE', 'cannot be imported'],
    ["import './nowhere.ts'", 'UNREADABLE_FILE', 'nowhere.ts'],
    ["throw 'nonsense'", 'UNREADABLE_FILE', 'nonsense'],
    ["export const a = { topic: 'a', kind: 'state' }", 'MALFORMED_CONTRACT', 'a looks like a contract'],
    [
      "export const a = { ...state({ topic: 'a', payload: v.number(), subscribe: anyone }), topic: '#' }",
      'MALFORMED_CONTRACT',
      'a looks like a contract',
    ],
  ])('refuses a malformed contract file in one line: %j', async (text, code, problem) => {
    const found = await check({
      'bad.ts': text,
      'good.ts': `export const g = state({ topic: 'g', payload: ${small}, subscribe: anyone })`,
    })
    expect(found).toMatchObject([{ code, level: 'error', at: expect.stringMatching(/^bad\.ts:\d+$/) }])
    expect(found[0]?.problem).toContain(problem)
    expect(found[0]?.problem).not.toContain('\n')
    expect(found[0]?.remedy).not.toBe('')
  })

  it('refuses a contract that the registry beside it would miss', async () => {
    const made = `state({ topic: 'a', payload: ${small}, subscribe: anyone })`
    const apart = { 'apart.ts': `const a = ${made}\nexport { a }` }
    expect(await check(apart)).toEqual([])
    expect(await check({ ...apart, 'registry.ts': '' })).toMatchObject([
      { code: 'NOT_LISTED', level: 'error', at: expect.stringMatching(/^apart\.ts:\d+$/) },
    ])
  })

  it.each([
    ['throw Object.create(null)', 'it threw what has no text'],
    ["export const a = { get topic() { throw new Error('one\\ntwo') } }", 'one\\ntwo'],
    ['await new Promise(() => {})', 'it does not end'],
  ])('refuses a file that throws or waits, whatever it throws: %s', async (text, problem) => {
    folder = contractFolder({ 'bad.ts': text })
    const { findings } = await loadContracts(folder.path, { importMs: 300 })
    expect(findings).toMatchObject([{ code: 'UNREADABLE_FILE', problem: expect.stringContaining(problem) }])
    expect(findings[0]?.problem).not.toContain('\n')
  })

  it('refuses names that the registry and the document cannot have, and finds their line', async () => {
    const made = (topic: string): string =>
      `state({ topic: '${topic}', payload: ${small}, subscribe: anyone })`
    const found = await check({
      'a.ts': `export const total = ${made('a/b')}\nexport const Total = ${made('a/c')}`,
      'b.ts': `\n\nexport default ${made('b/b')}`,
      'c.ts': `const c = ${made('c/b')}\nexport { c as 'x(' }\nexport const $c = ${made('c/c')}`,
      'd.ts': `export const total = ${made('d/b')}`,
      'e.ts': `export const ask = signal({ topic: 'e', payload: ${small}, reply: ${small}, subscribe: anyone, publish: anyone })\nexport const askReply = ${made('e/a')}`,
      '.#a.ts': 'an editor keeps its own here',
    })
    expect(found.map(({ code, at, topic }) => `${at} ${code} ${topic ?? ''}`).toSorted()).toEqual([
      'a.ts:3 DUPLICATE_NAME a/c',
      'b.ts:4 INVALID_NAME b/b',
      'c.ts:2 INVALID_NAME c/b',
      'c.ts:4 INVALID_NAME c/c',
      'd.ts:2 DUPLICATE_NAME d/b',
      'e.ts:3 DUPLICATE_NAME e/a',
    ])
  })

  it('says which line of a file a refused contract is on', async () => {
    const [found] = await check({
      'bad.ts':
        "\n\nexport const a = state({ topic: 'a', payload: v.number(), subscribe: anyone, maxBytes: 7 })",
    })
    expect(found?.at).toBe('bad.ts:4')
  })

  it('tells every finding with file, line, contract, value and remedy', () => {
    const text = findingText({
      level: 'error',
      code: 'X',
      file: 'topics/a.ts',
      line: 3,
      topic: 'a/{id}',
      problem: 'n is 5',
      remedy: 'use 4',
    })
    expect(text).toBe('topics/a.ts:3: error: a/{id}: n is 5 [X]\n    use 4')
  })

  it('refuses a folder that is none, or has no contracts', async () => {
    await expect(loadContracts('nowhere')).rejects.toThrow(
      /nowhere cannot be read \(ENOENT\); name the folder/,
    )
    folder = contractFolder({ 'a.ts': 'export const a = 1' })
    await expect(loadContracts(folder.path)).rejects.toThrow(/exports a contract/)
  })

  it("finds nothing wrong with this project's own contracts", async () => {
    const { contracts, findings } = await loadContracts(new URL('../', import.meta.url).pathname)
    expect(contracts.length).toBeGreaterThanOrEqual(2)
    expect([...findings, ...checkContracts(contracts)].filter(({ level }) => level === 'error')).toEqual([])
  })
})
