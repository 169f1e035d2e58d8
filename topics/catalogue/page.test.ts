import { describe, expect, it } from 'vitest'
import type { ChannelFacts } from '../asyncapi/document.ts'
import * as v from 'valibot'
import { asyncApiDocument } from '../asyncapi/document.ts'
import { anyone, claim, feed, nobody, role, signal, state } from '../contract/index.ts'
import type { TopicContract } from '../contract/contract.ts'
import { catalogueBody, cataloguePage } from './page.ts'
import { promiseText, publisherText } from './words.ts'

const evil = '</script><img src=x onerror="alert(1)">\'&'

function documentOf(given: Readonly<Record<string, TopicContract>>) {
  const located = Object.entries(given).map(([name, contract]) => ({
    name,
    contract,
    file: 'x.ts',
    line: 1,
    description: evil,
    lineOf: () => 1,
  }))
  return asyncApiDocument(located, { title: evil, version: '1' })
}

const payload = v.object({ [evil]: v.picklist([evil]) })

describe('the catalogue', () => {
  it('escapes whatever contracts say', () => {
    const page = cataloguePage(
      // No maker takes such a role; the page relies on none.
      documentOf({ a: { ...state({ topic: 'a/{id}', payload, subscribe: anyone }), subscribe: role(evil) } }),
      'p::before { content: "</style><b>" }',
    )
    expect(page).not.toContain('<img')
    expect(page).not.toContain('<script')
    expect(page).not.toContain('</script')
    expect(page.match(/<\/style>/g)).toHaveLength(1)
    expect(page).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;')
  })

  it('stands alone: no script, and nothing from elsewhere', () => {
    const page = cataloguePage(
      documentOf({ a: state({ topic: 'a', payload: v.number(), subscribe: anyone }) }),
      '',
    )
    expect(page).not.toMatch(/<script|<link|<img|https?:\/\//)
    expect(page).toMatch(/^<!doctype html>\s*<html lang="en">/)
  })

  it('offers a live tail for what anyone may hear, and says who may hear the rest', () => {
    const body = catalogueBody(
      documentOf({
        open: feed({ topic: 'open/{roomId}/{day}', entry: v.number(), subscribe: anyone }),
        closed: state({ topic: 'closed/{agentId}', payload: v.number(), subscribe: claim('agentId') }),
      }),
    )
    expect(body.match(/<form/g)).toHaveLength(1)
    expect(body).toContain('data-topic="open/{roomId}/{day}"')
    expect(body.match(/<input/g)).toHaveLength(2)
    expect(body).toContain('Hearing it live takes a session of the person that {agentId} names.')
  })

  it('says what each kind promises, and who publishes', () => {
    const facts = (of: Partial<ChannelFacts>): ChannelFacts => of as ChannelFacts
    expect(promiseText(facts({ kind: 'state' }))).toContain('latest value wins')
    expect(promiseText(facts({ kind: 'feed', overflow: 'recover' }))).toContain('read from the log')
    expect(promiseText(facts({ kind: 'inbox', keepSeconds: 86_400 * 3 }))).toContain('3 days')
    expect(promiseText(facts({ kind: 'signal' }))).toContain('at most once')
    expect(publisherText(facts({ kind: 'signal', publish: nobody }))).toBe('functions alone')
    expect(publisherText(facts({ kind: 'state' }))).toContain('the service alone')
    expect(signal({ topic: 'x', payload: v.number(), subscribe: anyone, publish: nobody }).publish).toBe(
      nobody,
    )
  })
})
