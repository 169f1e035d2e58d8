import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileWildcard, matchesWildcard, type Variables } from './wildcard.ts'

function matches(pattern: string, text: string, variables?: Variables): boolean | undefined {
  const compiled = compileWildcard(pattern, variables)
  return compiled === undefined ? undefined : matchesWildcard(compiled, text)
}

test.each([
  ['topic/*', 'topic/a/b', true],
  ['topic/*/b', 'topic/a/x/b', true],
  ['topicfilter/tenant1/*', 'topicfilter/tenant1/#', true],
  ['topicfilter/tenant1/*', 'topicfilter/tenant1', false],
  ['topicfilter/location/#', 'topicfilter/location/Seattle', false],
  ['topic/?', 'topic/a', true],
  ['topic/?', 'topic/', false],
  ['topic/?', 'topic/ab', false],
])('§6 %s on %s: %s', (pattern, text, expected) => {
  expect(matches(pattern, text)).toBe(expected)
})

test('§6 a variable stands for its value, in which wildcards are plain characters', () => {
  expect(matches('client/${iot:ClientId}', 'client/v-0', { 'iot:clientid': 'v-0' })).toBe(true)
  expect(matches('client/${iot:ClientId}', 'client/anybody', { 'iot:clientid': '*' })).toBe(false)
  expect(matches('a${*}b', 'a*b')).toBe(true)
  expect(matches('a${*}b', 'axb')).toBe(false)
})

test('§6 no client ID is a wildcard by the characters that compiled patterns keep for themselves', () => {
  for (const name of ['\u0000', '\u0001'])
    expect(matches('client/${iot:ClientId}', 'client/a', { 'iot:clientid': name })).toBeUndefined()
})

test('§6 an unknown variable makes the pattern unreadable', () => {
  expect(
    matches('topic/${iot:Connection.Thing.ThingName}', 'topic/x', { 'iot:clientid': 'x' }),
  ).toBeUndefined()
})

test('§6 agrees with a regular expression', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 12 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 8 })
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text)
      expect(matches(pattern, text)).toBe(expected)
    }),
    { numRuns: 1000 },
  )
})

test('§6 many stars do not make it slow', () => {
  expect(matches(`${'*a'.repeat(500)}b`, 'a'.repeat(2000))).toBe(false)
})
