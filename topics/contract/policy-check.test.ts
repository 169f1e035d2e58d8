import { describe, expect, it } from 'vitest'
import { anyone, claim, role } from './access.ts'
import type { PolicyContract } from './policy.ts'
import { checkPolicies } from './policy-check.ts'

describe('the check of policies', () => {
  it('names the contract, the topics it reaches and the remedy', () => {
    const wide: PolicyContract[] = [
      { topic: 'campaigns/{id}/total', subscribe: anyone },
      { topic: 'campaigns/{id}/staff/total', subscribe: role('staff') },
    ]
    expect(checkPolicies(wide)).toEqual([
      {
        code: 'POLICY_TOO_WIDE',
        topics: ['campaigns/{id}/total'],
        message:
          "policy of campaigns/{id}/total: its resource campaigns/*/total reaches topics of campaigns/{id}/staff/total, which role('staff') may hear. in AWS's policies * spans slashes: give the patterns different first words.",
        remedy: "in AWS's policies * spans slashes: give the patterns different first words",
      },
    ])
  })

  it("finds the value of a claim that is another contract's word", () => {
    const wide: PolicyContract[] = [
      { topic: 'agents/{agentId}/{kind}', subscribe: claim('agentId') },
      { topic: 'agents/all/news', subscribe: role('staff') },
    ]
    expect(checkPolicies(wide).flatMap(({ topics }) => topics)).toContain('agents/{agentId}/{kind}')
    expect(
      checkPolicies([
        { topic: 'agents/{agentId}/kind', subscribe: claim('agentId') },
        { topic: 'agents/all/a/kind', subscribe: role('staff') },
        { topic: 'agents/all/news', subscribe: role('staff') },
      ]),
    ).toEqual([])
  })

  it('names the contracts beyond what AWS takes', () => {
    const many = Array.from({ length: 250 }, (_, index): PolicyContract => ({
      topic: `topic${index}/{id}`,
      subscribe: index % 2 ? role(`role${index}`) : anyone,
    }))
    expect(checkPolicies(many)).toMatchObject([
      { code: 'POLICY_TOO_LARGE', message: expect.stringMatching(/beyond them are topic/) },
    ])
    expect(checkPolicies(many.slice(0, 60))).toEqual([])
  })

  it('of 1,000 contracts takes less than two seconds of a processor', () => {
    const thousand = Array.from({ length: 1000 }, (_, index): PolicyContract => ({
      topic: `campaigns/{id}/part${index % 30}/{agentId}/topic${index}`,
      subscribe: index % 3 ? anyone : claim('agentId'),
    }))
    const from = process.cpuUsage()
    checkPolicies(thousand)
    const { user, system } = process.cpuUsage(from)
    expect((user + system) / 1000).toBeLessThan(2000)
  })
})
