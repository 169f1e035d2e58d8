import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Access, anyone, claim, meets, role, signedIn } from './access.ts'
import { feed, findContract, type PayloadOf, signal, state, topicOf, validatePayload } from './index.ts'

const payload = v.object({ total: v.number() })

describe('topic contracts', () => {
  it('carry their defaults and a CloudEvents type from the pattern', () => {
    expect(state({ topic: 'campaigns/{campaignId}/total', payload, subscribe: anyone })).toMatchObject({
      kind: 'state',
      paceSeconds: 1,
      maxBytes: 5120,
      type: 'campaigns.total.changed',
    })
    expect(feed({ topic: 'news', entry: payload, subscribe: anyone })).toMatchObject({
      kind: 'feed',
      overflow: 'gap',
      type: 'news.appended',
    })
  })

  it.each([
    ['a pace AWS would throttle', { paceSeconds: 0.5 }, 'paceSeconds is 0.5'],
    ['a pace that is no number', { paceSeconds: Number.NaN }, 'paceSeconds is NaN'],
    ['a message larger than AWS takes', { maxBytes: 131_073 }, 'maxBytes is 131073'],
    ['a claim that is no parameter', { subscribe: claim('agentId') }, "claim('agentId')"],
    ['a role that no token can name', { subscribe: role('team lead') }, "role('team lead')"],
    ['a load beyond all counting', { load: { audience: 1e308 } }, 'load.audience is 1e+308'],
    ['more hours than a month has', { load: { hoursPerMonth: 745 } }, 'load.hoursPerMonth is 745'],
    ['no rule', { subscribe: undefined as unknown as Access }, 'who may subscribe or publish is not said'],
    ['a role without a name', { subscribe: role('') }, "role('')"],
  ])('refuse %s when they are defined', (_, options, problem) => {
    expect(() =>
      state({ topic: 'campaigns/{campaignId}/total', payload, subscribe: anyone, ...options }),
    ).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(problem) }))
  })

  it('leave the topics of replies alone', () => {
    expect(() =>
      signal({ topic: 'replies/{clientId}', payload, subscribe: anyone, publish: signedIn }),
    ).toThrow(/replies is where requests are answered. begin the pattern with another word/)
  })

  it('are found by topic name', () => {
    const total = state({ topic: 'campaigns/{campaignId}/total', payload, subscribe: anyone })
    const news = feed({ topic: 'news', entry: payload, subscribe: anyone })
    expect(findContract([total, news], 'campaigns/red-nose/total')).toEqual({
      contract: total,
      parameters: { campaignId: 'red-nose' },
    })
    expect(findContract([total, news], 'campaigns/+/total')).toBeUndefined()
  })

  it('say which field of a payload does not fit', () => {
    const total = state({ topic: 'campaigns/{campaignId}/total', payload, subscribe: anyone })
    expect(() => validatePayload(total, total.payload, { total: 'x' })).toThrow(/total:/)
  })

  it('type parameters and payload', () => {
    const total = state({ topic: 'campaigns/{campaignId}/total', payload, subscribe: anyone })
    expectTypeOf(topicOf<typeof total.topic>)
      .parameter(1)
      .toEqualTypeOf<{ readonly campaignId: string }>()
    expectTypeOf<PayloadOf<typeof total>>().toEqualTypeOf<{ total: number }>()
  })
})

describe('access', () => {
  const agent = { principal: 'a1', signedIn: true, roles: ['staff'], values: { agentId: '7' } }
  const visitor = { principal: 'v1', signedIn: false, roles: ['staff'], values: { agentId: '7' } }

  it('lets everyone hear what anyone may', () => {
    expect(meets(anyone, undefined, {})).toBe(true)
  })

  it('binds a claim to the parameter of its name', () => {
    expect(meets(claim('agentId'), agent, { agentId: '7' })).toBe(true)
    expect(meets(claim('agentId'), agent, { agentId: '8' })).toBe(false)
    expect(meets(claim('agentId'), { ...agent, values: {} }, {})).toBe(false)
  })

  it.each([signedIn, role('staff'), claim('agentId')])(
    'gives a visitor nothing by claims of his own: %o',
    (rule) => {
      expect(meets(rule, visitor, { agentId: '7' })).toBe(false)
      expect(meets(rule, undefined, { agentId: '7' })).toBe(false)
    },
  )
})
