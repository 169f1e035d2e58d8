import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { campaignDonations } from '../campaign-donations.ts'
import { campaignTotal } from '../campaign-total.ts'
import { state } from '../contract/index.ts'
import { readScenario, ScenarioError } from './scenario.ts'

const contracts = [campaignTotal, campaignDonations]

const good = `name: A month
audience: 300
quotas: { outbound: 40000 }
pages:
  - name: page
    hears: ['campaigns/{campaignId}/total']
    minutes: 20
    share: 0.5
phases:
  - name: quiet
    hours: 100
    share: 0.1
    rate: 0.01
  - name: busy
    hours: 10
    rates: { 'campaigns/{campaignId}/total': 3 }
contracts:
  'campaigns/{campaignId}/total': { paceSeconds: 2, pace: auto, qos: 1, topics: 3, messageBytes: 9000 }
`

describe('a scenario', () => {
  it('becomes a month: phases, pages, and what differs from the contracts', () => {
    const month = readScenario(good, 'a.yml', contracts)
    expect(month).toMatchObject({
      name: 'A month',
      region: 'eu-west-1',
      audience: 300,
      raised: { outbound: 40_000 },
      phases: ['quiet', 'busy'],
    })
    expect(month.contracts[0]).toMatchObject({
      topics: 3,
      qos: 1,
      paceSeconds: 2,
      auto: true,
      messageBytes: 9000,
      spans: [
        { phase: 0, hours: 100, rate: 0.01, audience: 5 },
        { phase: 1, hours: 10, rate: 3, audience: 50 },
      ],
    })
    // It speaks of the contracts that it names; the others cost what they cost elsewhere.
    expect(month.contracts).toHaveLength(1)
    const both = readScenario(`${good}  'campaigns/{campaignId}/donations': { qos: 0 }\n`, 'a.yml', contracts)
    expect(both.contracts[1]?.spans[1]).toMatchObject({ rate: campaignDonations.load.rate, audience: 0 })
    expect(month.pages[0]?.spans.map(({ people }) => people)).toEqual([15, 150])
    expect(readScenario(good, 'a.yml', contracts, { audience: 600 }).pages[0]?.spans[1]?.people).toBe(300)
  })

  it('may speak of a topic that is called as what every object has', () => {
    const named = state({ ...campaignTotal, topic: 'constructor' })
    const text = good.replaceAll('campaigns/{campaignId}/total', 'constructor')
    expect(readScenario(text, 'a.yml', [named]).contracts[0]).toMatchObject({
      qos: 1,
      spans: [{ rate: 0.01 }, { rate: 3 }],
    })
    const [quiet] =
      readScenario(text.replace(/rates: .*/, ''), 'a.yml', [named]).contracts[0]?.spans.slice(1) ?? []
    expect(quiet?.rate).toBe(campaignTotal.load.rate)
  })

  it('of the telethon is one', () => {
    const text = readFileSync(new URL('../../data/scenarios/telethon.yml', import.meta.url), 'utf8')
    expect(readScenario(text, 'telethon.yml', contracts).phases).toHaveLength(3)
  })

  it.each([
    ['', 1, /the scenario: got null, expected Object/],
    ['just text', 1, /got "just text"/],
    [good.replace('audience: 300', 'audience: lots'), 2, /audience: got "lots", expected number/],
    [good.replace('audience: 300', 'audience: -1'), 2, /audience: got -1, expected a number >=0/],
    [good.replace('audience: 300\n', ''), 1, /audience: is missing/],
    [good.replace('audience: 300', 'audience: .inf'), 2, /audience: got Infinity/],
    [good.replace('outbound: 40000', 'outbound: 1.5'), 3, /quotas › outbound: got 1.5/],
    [good.replace('outbound: 40000', 'outward: 4'), 3, /quotas › outward: got "outward"/],
    [good.replace('    minutes: 20', '    color: red'), 7, /pages › 0 › color: is no setting/],
    [good.replace('share: 0.5', 'share: 5'), 8, /pages › 0 › share: got 5, expected a number <=1/],
    [good.replace('hours: 100', 'hours: 740'), 9, /hours are 750 together/],
    [
      good.replace("hears: ['campaigns/{campaignId}/total']", "hears: ['campaigns/{id}/total']"),
      6,
      /no contract has the pattern "campaigns\/\{id\}\/total"; there are campaigns/,
    ],
    [
      good.replace("rates: { 'campaigns/{campaignId}/total'", "rates: { 'x/y'"),
      16,
      /no contract has the pattern "x\/y"/,
    ],
    [
      good.replace("  'campaigns/{campaignId}/total': { pace", "  'x/y': { pace"),
      18,
      /no contract has the pattern "x\/y"/,
    ],
    [good.replace('qos: 1', 'qos: 2'), 18, /qos: got 2/],
    [good.replace('pages:', 'pages: ['), 5, /is no YAML/],
    [good.replace('name: A month', 'region: mars\nname: A month'), 1, /region: got "mars"/],
    [
      `a: &a [1, 1, 1]\nb: &b [${'*a, '.repeat(60)}]\nc: [${'*b, '.repeat(60)}]\n`,
      1,
      /Excessive alias count/,
    ],
    [
      good.replace('audience: 300', String.raw`audience: "a\nb"`),
      2,
      /audience: got "a\\nb", expected number/,
    ],
    [good.replace('audience: 300', `audience: ${'a'.repeat(9999)}`), 2, /got "a{100,200}…, expected/],
    [good.replace('audience: 300', 'audience: 1e308'), 2, /got 1e\+308, expected a number <=1000000000000/],
    [good.replace('topics: 3', 'topics: 1e-308'), 18, /topics: got 1e-308, expected a number >=0.001/],
    [good.replace('minutes: 20', 'minutes: 1e-308'), 7, /minutes: got 1e-308/],
    [
      good.replace('name: A month', String.raw`name: "A\nmonth"`),
      1,
      /name: got "A\\nmonth", expected one line/,
    ],
    [good.replace("total']", "total', 'campaigns/{campaignId}/total']"), 6, /hears: names a topic twice/],
    [good.replace('outbound: 40000', 'constructor: 4'), 3, /quotas › constructor: got "constructor"/],
    [`${good}  constructor: { qos: 1 }\n`, 19, /no contract has the pattern "constructor"/],
    [`${good}  __proto__: { qos: 1 }\n`, 19, /no contract has the pattern "__proto__"/],
    [good.replace('contracts:\n', 'contracts: []\nx:\n'), 17, /contracts: got Array, expected Object/],
    [`${good}? [a]\n: b\n`, 1, /is no setting/],
    [`a: ${'['.repeat(20_000)}`, 1, /is no YAML/],
    [`${good}name: twice\n`, 19, /is no YAML \(Map keys must be unique/],
  ])('that is malformed is refused in one line (%#)', (text, line, problem) => {
    const refused = ((): unknown => {
      try {
        return readScenario(text, 'a.yml', contracts)
      } catch (error) {
        return error
      }
    })()
    expect(refused).toBeInstanceOf(ScenarioError)
    const { message } = refused as ScenarioError
    expect(message).toMatch(problem)
    expect(message).not.toContain('\n')
    expect(message).toMatch(new RegExp(`^a.yml:${line}: `))
  })
})
