import * as v from 'valibot'
import { expect, test } from 'vitest'
import { anyone, role, state } from '../../topics/contract/index.ts'
import { contracts } from '../../topics/registry.ts'
import { unfitPolicies } from './policies.ts'

test('contracts that no policy can keep apart are not deployed', () => {
  expect(unfitPolicies(contracts)).toBeUndefined()
  const payload = v.string()
  const wide = [
    state({ topic: 'campaigns/{id}/total', payload, subscribe: anyone }),
    state({ topic: 'campaigns/{id}/staff/total', payload, subscribe: role('staff') }),
  ]
  expect(unfitPolicies(wide)).toContain('campaigns/*/total reaches topics of campaigns/{id}/staff/total')
})

test('contracts beyond what AWS takes are not deployed', () => {
  const many = Array.from({ length: 200 }, (_, index) =>
    state({ topic: `topic${index}/{id}`, payload: v.string(), subscribe: anyone }),
  )
  expect(unfitPolicies(many)).toMatch(
    /documents, and AWS takes 10 of 2048 characters; beyond them are topic\d+/,
  )
})
