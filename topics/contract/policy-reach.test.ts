import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reaches } from './policy-reach.ts'

describe('reaches', () => {
  it.each([
    ['a/*/total', 'a/{x}/total', {}, true],
    ['a/*/total', 'a/{x}/b/{y}/total', {}, true],
    ['a/*/total', 'a/{x}/b', {}, false],
    ['a/ann/inbox', 'a/{p}/inbox', { p: 'ann' }, false],
    ['a/ann/inbox', 'a/{p}/inbox', { p: 'bob' }, true],
    ['a/*', 'a/{p}', { p: 'ann' }, true],
    ['a/*', 'b/{p}', {}, false],
    ['a/*', 'a', {}, false],
    ['a*', 'a/b', {}, true],
  ])('%s reaches a topic of %s but %j: %s', (resource, pattern, except, expected) => {
    expect(reaches(resource, pattern, except)).toBe(expected)
  })

  const values = ['a', 'b', 'ab', 'ba', 'aa', 'c', 'a-b', 'abc', 'bb']
  const word = fc.constantFrom('a', 'b', 'ab', 'aa')

  it('says what trying every topic says', () => {
    let reached = 0
    fc.assert(
      fc.property(
        fc.array(fc.oneof(word, fc.constantFrom('{p}', '{q}', '{r}')), { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(word, fc.constant('*')), { minLength: 1, maxLength: 4 }),
        fc.dictionary(fc.constantFrom('p', 'q'), word, { maxKeys: 1 }),
        (levels, resource, except) => {
          const pattern: string[] = levels.filter(
            (level, at) => !level.startsWith('{') || levels.indexOf(level) === at,
          )
          const named = Object.keys(except).every((name) => pattern.includes(`{${name}}`))
          fc.pre(named)
          const wildcard = new RegExp(`^${resource.join('/').replaceAll('*', '.*')}$`)
          const expected = topicsOf(pattern, except).some((topic) => wildcard.test(topic))
          if (expected) reached += 1
          expect(reaches(resource.join('/'), pattern.join('/'), except)).toBe(expected)
        },
      ),
      { numRuns: 1000 },
    )
    expect(reached).toBeGreaterThan(100)
  })

  /** The pattern's topics of all values, but those of the exceptions. */
  function topicsOf(pattern: readonly string[], except: Readonly<Record<string, string>>): string[] {
    let topics: string[][] = [[]]
    for (const level of pattern) {
      const name = /^\{(\w)\}$/.exec(level)?.[1]
      const choices = name === undefined ? [level] : values.filter((value) => value !== except[name])
      topics = topics.flatMap((topic) => choices.map((choice) => topic.concat(choice)))
    }
    return topics.map((topic) => topic.join('/'))
  }
})
