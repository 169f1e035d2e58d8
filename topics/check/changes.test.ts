import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { TopicContract } from '../contract/contract.ts'
import { anyone, claim, feed, inbox, role, signal, signedIn, state } from '../contract/index.ts'
import { changeFindings } from './changes.ts'
import type { LocatedContract } from './located-contract.ts'
import { LockFileError, lockText, readLock, type Released, releaseOf } from './lock.ts'

const text = v.pipe(v.string(), v.maxLength(10))
const payload = v.object({ text })
const base = { topic: 'a/{id}', payload, subscribe: anyone } as const

function located(contract: TopicContract, name = 'a'): LocatedContract {
  return { name, contract, file: 'topics/a.ts', line: 7, description: '', lineOf: () => 8 }
}

function released(...contracts: readonly TopicContract[]): Released {
  return Object.fromEntries(
    contracts.map((contract) => {
      const made = releaseOf('a', contract)
      if ('problem' in made) throw new Error(made.problem)
      return [contract.topic, made]
    }),
  )
}

const changes = (was: TopicContract, is: TopicContract) =>
  changeFindings([located(is)], released(was), 'topics/contracts.lock.json').map(
    ({ level, code, problem, remedy }) => ({
      level,
      code,
      problem,
      remedy,
    }),
  )

describe('changes since the last release', () => {
  it('are none when nothing that a reader sees has changed', () => {
    const is = state({ ...base, maxBytes: 2048, paceSeconds: 5, load: { audience: 5 }, budgetPerMonth: 3 })
    expect(changes(state(base), is)).toEqual([])
  })

  it('are told, and no error, when they are compatible', () => {
    const is = state({ ...base, payload: v.object({ text, more: v.optional(text) }) })
    expect(changes(state(base), is)).toMatchObject([
      { level: 'note', code: 'COMPATIBLE_CHANGE', problem: 'payload more: the optional field is new' },
    ])
    const wider = changes(state({ ...base, subscribe: signedIn }), state(base))
    expect(wider).toMatchObject([{ level: 'note', problem: 'subscribe was signedIn and is anyone' }])
  })

  it.each([
    ['a removed field', state({ ...base, payload: v.object({}) }), 'payload text: the field is gone'],
    [
      'a new required field',
      state({ ...base, payload: v.object({ text, n: v.number() }) }),
      'payload n: the field is new and required',
    ],
    [
      'a narrowed type',
      state({ ...base, payload: v.object({ text: v.pipe(v.string(), v.maxLength(5)) }) }),
      'maxLength was 10 and is 5',
    ],
    [
      'another type',
      state({ ...base, payload: v.object({ text: v.number() }) }),
      'type was string and is number',
    ],
    [
      'another kind',
      feed({ topic: base.topic, entry: payload, subscribe: anyone }),
      'kind was state and is feed',
    ],
    [
      'fewer who may hear',
      state({ ...base, subscribe: role('staff') }),
      "subscribe was anyone and is role('staff')",
    ],
  ])('are errors that want a higher version: %s', (_, is, problem) => {
    const found = changes(state(base), is)
    expect(found).toMatchObject([{ level: 'error', code: 'BREAKING_CHANGE' }])
    expect(found[0]?.problem).toContain(problem)
    expect(found[0]?.remedy).toContain('raise version to 2')
    const raised = changes(state(base), { ...is, version: 2 })
    expect(raised).toMatchObject([{ level: 'note', code: 'NEW_VERSION' }])
  })

  it("see an inbox's item, a signal's publishers and its reply", () => {
    const box = { topic: 'b/{id}', item: payload, subscribe: claim('id') } as const
    expect(changes(inbox(box), inbox({ ...box, item: v.object({}) }))[0]?.problem).toContain('item text')
    const sign = { topic: 'c', payload, subscribe: anyone, publish: anyone } as const
    expect(changes(signal(sign), signal({ ...sign, publish: signedIn }))[0]).toMatchObject({ level: 'error' })
    const asked = signal({ ...sign, reply: payload })
    expect(changes(asked, signal(sign))[0]?.problem).toContain('reply is gone')
    expect(changes(signal(sign), asked)[0]).toMatchObject({ level: 'note' })
    expect(changes(asked, signal({ ...sign, reply: v.object({}) }))[0]?.problem).toContain(
      'reply text: the field is gone',
    )
  })

  it('refuse a lowered version', () => {
    expect(changes(state({ ...base, version: 3 }), state({ ...base, version: 2 }))).toMatchObject([
      { level: 'error', code: 'VERSION_LOWERED', remedy: 'use version 3, or 4 after a breaking change' },
    ])
  })

  it('name a contract that is gone, and the pattern that took its place', () => {
    const was = released(state(base))
    const [gone] = changeFindings([], was, 'topics/contracts.lock.json')
    expect(gone).toMatchObject({
      level: 'error',
      code: 'CONTRACT_GONE',
      file: 'topics/contracts.lock.json',
      topic: 'a/{id}',
    })
    expect(gone?.remedy).toContain("--retire 'a/{id}'")
    const moved = changeFindings(
      [located(state({ ...base, topic: 'b/{id}' }))],
      was,
      'topics/contracts.lock.json',
    )
    expect(moved.map(({ code }) => code)).toEqual(['CONTRACT_GONE', 'NOT_RELEASED'])
    expect(moved[0]?.problem).toContain('the pattern of a is b/{id} now')
  })
})

describe('a lock file', () => {
  const lock = released(state(base), inbox({ topic: 'b/{id}', item: payload, subscribe: claim('id') }))
  const written = lockText(lock)

  it('reads as it was written, and is the same whatever the order', () => {
    expect(readLock(written, 'lock')).toEqual(lock)
    expect(lockText(Object.fromEntries(Object.entries(lock).toReversed()))).toBe(written)
  })

  it('knows topics that are called as what every object has', () => {
    const named = released(
      ...['constructor', '__proto__/{id}', 'prototype'].map((topic) => state({ ...base, topic })),
    )
    expect(Object.keys(readLock(lockText(named), 'lock'))).toHaveLength(3)
    const is = state({ ...base, topic: 'constructor', payload: v.object({ text, constructor: text }) })
    const [gone, other, ...found] = changeFindings([located(is)], readLock(lockText(named), 'lock'), 'lock')
    expect([gone?.code, other?.code]).toEqual(['CONTRACT_GONE', 'CONTRACT_GONE'])
    expect(found).toMatchObject([
      { code: 'BREAKING_CHANGE', problem: expect.stringContaining('constructor: the field is new') },
    ])
  })

  it.each([
    ['', 1, 'is no JSON'],
    [written.slice(0, 300), 13, 'is no JSON'],
    ['[]', 1, 'lock: expected'],
    ['{}', 1, 'lock: expected'],
    [written.replace('"lock": 1', '"lock": 2'), 3, 'lock: expected 1, got 2'],
    [written.replace('"kind": "inbox"', '"kind": "outbox"'), 27, 'contracts › b/{id} › kind: expected'],
    [written.replace('"version": 1', '"version": 0'), 8, 'contracts › a/{id} › version: expected >=1, got 0'],
    [written.replace('"rule": "anyone"', '"rule": "everyone"'), 10, 'subscribe › rule'],
    [written.replace('"lock": 1', '"lock": "a\\nb"'), 3, 'lock: expected 1, got "a\\nb"'],
    [written.replace('"lock": 1', `"lock": "${'a'.repeat(9999)}"`), 3, 'aaa…; restore'],
    [
      written.replace('"contracts": {', '"contracts": [], "x": {'),
      4,
      'contracts: expected Object, got Array',
    ],
    [
      written.replace('"maxLength": 10', '"maxLength": "10"'),
      12,
      'a/{id} › schema: expected a JSON Schema, got properties.text: maxLength is "10", and wants a number',
    ],
    [
      written.replace('"required": [', '"required": 5, "x": ['),
      12,
      'required is 5, and wants a list of names',
    ],
    [written.replace('"properties": {', '"properties": { "x": null,'), 12, 'properties.x: null is no schema'],
  ])('that is malformed is refused in one line, with its place (%#)', (given, line, problem) => {
    const refused = ((): unknown => {
      try {
        return readLock(given, 'topics/contracts.lock.json')
      } catch (error) {
        return error
      }
    })()
    expect(refused).toBeInstanceOf(LockFileError)
    const { message } = refused as LockFileError
    expect(message).toMatch(new RegExp(`^topics/contracts.lock.json:${line}: `))
    expect(message).toContain(problem)
    expect(message).toContain('fanfare check --release')
    expect(message).not.toContain('\n')
  })
})
