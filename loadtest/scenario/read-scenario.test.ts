import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { contracts } from '../../topics/registry.ts'
import { loadLimitDefaults } from '../plan.ts'
import { chooseTarget } from '../target.ts'
import { LoadScenarioError } from './problems.ts'
import { readLoadScenario } from './read-scenario.ts'

const folder = fileURLToPath(new URL('../../data/scenarios/', import.meta.url))

function read(source: string, params: Record<string, string> = {}) {
  return readLoadScenario(source, 'evening.yml', {
    contracts,
    params,
    env: {},
    run: 'r1',
    limits: loadLimitDefaults,
    folder,
    target: (region = 'eu-west-1') => chooseTarget({ yes: false, region }, {}),
  })
}

/** A scenario without a mistake; line 6 is its phase's name. */
const good = `name: An evening
params:
  campaignId: red-nose

phases:
  - name: load
    duration: 30s
    subscribers:
      - name: viewers
        topics: ['campaigns/{campaignId}/total']
        to: 100
    publishers:
      - via: data-plane
        topic: campaigns/{campaignId}/total
        rate: { from: 1, to: 5 }
    cuts:
      - at: 10s
thresholds:
  - metric: delivery p99
    phase: load
    atMost: 500ms
`

/** The lines of the refusal. */
function mistakes(source: string): readonly string[] {
  try {
    read(source)
  } catch (error) {
    if (error instanceof LoadScenarioError) return error.message.split('\n')
    throw error
  }
  return []
}

describe('a scenario', () => {
  it('becomes a plan: topics filled, times in milliseconds, payloads made', () => {
    const { plan } = read(good)
    const [phase] = plan.phases
    expect(phase).toMatchObject({ name: 'load', durationMs: 30_000, cuts: [{ atMs: 10_000, share: 1 }] })
    expect(phase?.subscribers).toMatchObject([
      { name: 'viewers', from: 0, to: 100, topics: [{ topic: 'campaigns/red-nose/total', kind: 'state' }] },
    ])
    expect(phase?.publishers).toMatchObject([
      { via: 'data-plane', arrivals: { fromPerSecond: 1, toPerSecond: 5, spacing: 'even' } },
    ])
    expect(plan.thresholds).toEqual([
      { metric: 'connected', atLeast: 1 },
      { metric: 'delivered', atLeast: 1 },
      { metric: 'delivery p99', phase: 'load', atMost: 500 },
    ])
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  })

  it('takes parameters of the command line in place of its own', () => {
    const { plan } = read(good, { campaignId: 'blue' })
    expect(plan.phases[0]?.subscribers[0]?.topics[0]?.topic).toBe('campaigns/blue/total')
  })

  it('goes on in the next phase with the subscribers that it had', () => {
    const { plan } = read(
      `${good.split('thresholds')[0] ?? ''}  - { name: more, duration: 10s, subscribers: [{ name: viewers, topics: ['campaigns/{campaignId}/total'], to: 150 }] }\n`,
    )
    expect(plan.phases[1]?.subscribers).toMatchObject([{ from: 100, to: 150 }])
  })

  it.each([
    ['load-telethon.yml', 4892],
    ['load-abuse.yml', 0],
  ])('of the project, %s, is one, with %d arrivals of the file', (file, arrivals) => {
    const { plan, prepare } = read(readFileSync(`${folder}${file}`, 'utf8'))
    const publishers = plan.phases.flatMap((phase) => phase.publishers)
    const offsets = publishers.flatMap((one) => ('offsetsMs' in one.arrivals ? one.arrivals.offsetsMs : []))
    expect(offsets).toHaveLength(arrivals)
    expect(prepare).toMatchObject([{ method: 'PUT', bodies: [expect.stringContaining('USD')] }])
    const [body] = publishers.flatMap((one) => (one.via === 'http' ? one.request.bodies : []))
    expect(JSON.parse(body ?? '')).toMatchObject({
      amount: { value: expect.any(Number) },
      donor: { name: '{run}-{index}' },
    })
  })
})

it('the scenario that docs/loadtest.md shows is one', () => {
  const page = readFileSync(new URL('../../docs/loadtest.md', import.meta.url), 'utf8')
  const [, shown = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
  expect(read(shown).plan.phases).toHaveLength(2)
})

describe('a mistake is refused with its line and the remedy', () => {
  it.each([
    [
      'a setting that is none',
      ['to: 100', 'to: 100\n        thinkTimes: 1s'],
      12,
      'subscribers › 1 › thinkTimes: is no setting of a group of subscribers; did you mean thinkTime?',
    ],
    [
      'a setting that is missing',
      ['        to: 100\n', ''],
      9,
      'to: is missing; a group of subscribers needs it',
    ],
    [
      'a duration without a unit',
      ['duration: 30s', 'duration: 30'],
      7,
      'duration: got 30; give a duration with its unit',
    ],
    [
      'a duration with another unit',
      ['duration: 30s', 'duration: 30 fortnights'],
      7,
      'got "30 fortnights"; give a duration',
    ],
    ['a fraction of a person', ['to: 100', 'to: 1.5'], 11, 'to: got 1.5; give a whole number'],
    [
      'a topic of no contract',
      ["['campaigns/{campaignId}/total']", "['campaigns/{campaignId}/totals']"],
      10,
      'did you mean campaigns/{campaignId}/total?',
    ],
    [
      'a parameter that nothing gives',
      ['campaignId: red', 'id: red'],
      10,
      'wants campaignId; give --param campaignId=VALUE',
    ],
    ['a parameter that does not fit', ['red-nose', 'red/nose'], 10, 'mend the parameter'],
    [
      'a way that is none',
      ['via: data-plane', 'via: data-plain'],
      13,
      'via: got "data-plain"; did you mean data-plane?',
    ],
    ['a visitor who publishes a state', ['via: data-plane', 'via: mqtt'], 13, 'may publish signals only'],
    ['HTTP without a request', ['via: data-plane', 'via: http'], 13, 'give `request: POST /donations`'],
    [
      'no time of sending',
      ['        rate: { from: 1, to: 5 }\n', ''],
      13,
      'either by `rate` or by `arrivals`',
    ],
    ['half a ramp', ['{ from: 1, to: 5 }', '{ from: 1, upto: 5 }'], 15, 'rate'],
    [
      'a file that is not there',
      ['rate: { from: 1, to: 5 }', 'arrivals: { file: none.csv }'],
      15,
      'there is no such file; name a CSV file',
    ],
    [
      'a column that is not there',
      ['rate: { from: 1, to: 5 }', 'arrivals: { file: ../telethon-sgdq2015.csv, at: when }'],
      15,
      'no column "when"; there are at, amount_cents',
    ],
    ['a cut after the end', ['at: 10s', 'at: 40s'], 17, 'make it earlier, or the phase longer'],
    [
      'a figure that is none',
      ['delivery p99', 'delivery p98'],
      19,
      'metric: got "delivery p98"; did you mean delivery p9',
    ],
    [
      'a phase that is none',
      ['phase: load', 'phase: lode'],
      20,
      'no phase is called "lode"; did you mean load?',
    ],
    ['a threshold of nothing', ['    atMost: 500ms\n', ''], 19, 'says nothing that must hold'],
    [
      'more than the limit',
      ['to: 100', 'to: 30000'],
      6,
      'the limit is 20000; lower the groups, or raise it with --max-connections',
    ],
    ['more than it can connect', ['to: 100', 'to: 100\n        connectPerSecond: 1'], 12, 'give at least 4'],
    ['a rate beyond the limit', ['to: 5 }', 'to: 50000 }'], 6, 'raise it with --max-rate'],
    [
      'a payload that does not fit',
      ['rate: {', 'values: [{ name: 5 }]\n        rate: {'],
      15,
      'does not fit campaigns/{campaignId}/total',
    ],
    [
      'a template that nothing fills',
      ['via: data-plane', "via: http\n        request: 'GET /{nowhere}'"],
      14,
      'give --param nowhere=VALUE',
    ],
    [
      'no YAML',
      ["['campaigns/{campaignId}/total']", '[campaigns/{campaignId}/total]'],
      10,
      'put a text with { } in quotes',
    ],
  ] as const)('%s', (_, [was, is], line, what) => {
    const source = good.replace(was, is)
    expect(source).not.toBe(good)
    const [first = ''] = mistakes(source)
    expect(first).toMatch(new RegExp(`^evening\\.yml:${line}: `))
    expect(first).toContain(what)
  })

  it('and all mistakes at once, in the order of their lines', () => {
    const lines = mistakes(
      good
        .replace('duration: 30s', 'duration: 30')
        .replace('to: 100', 'to: many')
        .replace('at: 10s', 'at: soon'),
    )
    expect(lines.map((line) => line.split(':')[1])).toEqual(['7', '11', '17'])
  })

  it('a text, a list or nothing in place of a scenario', () => {
    for (const source of ['', '- a', 'hello', 'phases: 5\nname: x'])
      expect(mistakes(source)[0]).toMatch(/^evening\.yml:1: /)
  })
})

describe('a hostile scenario is refused in little time', () => {
  const seconds = 1000
  it.each([
    ['ten megabytes', `name: ${'x'.repeat(10_000_000)}`, /has 10000006 characters, at most 262144/],
    ['deep lists', `phases: ${'['.repeat(20_000)}`, /is no YAML/],
    [
      'two groups of one name',
      good.replace(
        '    publishers',
        '      - { name: viewers, topics: [campaigns/a/total], to: 5 }\n    publishers',
      ),
      /"viewers" is the name of a group of this phase already/,
    ],
    ['no number', good.replace('to: 100', 'to: .nan'), /got NaN; give a whole number/],
    ['a number without bound', good.replace('to: 100', 'to: .inf'), /got Infinity; give a whole number/],
  ])('%s', (_, source, message) => {
    const began = performance.now()
    expect(mistakes(source).join('\n')).toMatch(message)
    expect(performance.now() - began).toBeLessThan(10 * seconds)
  })

  it('with more mistakes than anybody reads', () => {
    const told = mistakes(good + Array.from({ length: 2000 }, (_, index) => `k${index}: 1\n`).join(''))
    // The schema names the first unknown setting of a mapping.
    expect(told.length).toBeLessThanOrEqual(51)
  })
})
