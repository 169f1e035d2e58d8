import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { fillPattern, matchPattern, type ParametersOf, parsePattern } from './pattern.ts'

const parameter = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/)

describe('topic patterns', () => {
  it('give back the parameters they were filled with', () => {
    fc.assert(
      fc.property(parameter, parameter, (campaignId, part) => {
        const pattern = 'campaigns/{campaignId}/{part}/total'
        expect(matchPattern(pattern, fillPattern(pattern, { campaignId, part }))).toEqual({
          campaignId,
          part,
        })
      }),
    )
  })

  it.each(['', 'a b', '../x', 'x/y', '+', '#', '*', '?', '$aws', 'ü', 'x'.repeat(65)])(
    'refuse %j as a parameter, naming it',
    (campaignId) => {
      expect(() => fillPattern('campaigns/{campaignId}/total', { campaignId })).toThrow(
        expect.objectContaining({
          code: 'INVALID_PARAMETER',
          message: expect.stringContaining(JSON.stringify(campaignId)),
        }),
      )
      expect(matchPattern('campaigns/{campaignId}/total', `campaigns/${campaignId}/total`)).toBeUndefined()
    },
  )

  it('do not match a topic with more or other levels', () => {
    expect(matchPattern('campaigns/{id}/total', 'campaigns/x/staff/total')).toBeUndefined()
    expect(matchPattern('campaigns/{id}/total', 'campaigns/x/totals')).toBeUndefined()
    expect(matchPattern('campaigns/{id}/total', 'campaigns/x')).toBeUndefined()
  })

  it.each([
    ['a/+/b', 'wildcards'],
    ['$aws/{thing}', '$'],
    ['a//b', 'level ""'],
    ['{a}/{a}', 'twice'],
    ['{1a}', 'parameter name'],
    [`a/{${'a'.repeat(65)}}`, 'parameter name'],
    ['a/b/c/d/e/f/g/h/i', '8 slashes'],
    ['{a}/{b}/{c}/{d}', '259 bytes'],
  ])('refuse %s: %s', (pattern, problem) => {
    expect(() => parsePattern(pattern)).toThrow(
      expect.objectContaining({ code: 'INVALID_PATTERN', message: expect.stringContaining(problem) }),
    )
  })

  it('name their parameters at type level', () => {
    expectTypeOf<ParametersOf<'campaigns/{campaignId}/total'>>().toEqualTypeOf<{
      readonly campaignId: string
    }>()
    expectTypeOf<ParametersOf<'a/{b}/{c}'>>().toEqualTypeOf<{ readonly b: string; readonly c: string }>()
  })
})
