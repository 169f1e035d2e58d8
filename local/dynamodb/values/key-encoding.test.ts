import { DatabaseSync } from 'node:sqlite'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { afterPrefix, compareEncoded, encodeKey, partOfKey } from './key-encoding.ts'

const text = fc.string({ unit: 'binary', maxLength: 6 })
const bytes = fc.uint8Array({ maxLength: 6 })

describe('keys', () => {
  test('sort in SQLite as DynamoDB sorts them', () => {
    const sqlite = new DatabaseSync(':memory:')
    const less = sqlite.prepare('SELECT ? < ? AS less')
    fc.assert(
      fc.property(text, text, (a, b) => {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b))
        expect(less.get(a, b)?.['less']).toBe(expected < 0 ? 1 : 0)
        expect(Math.sign(compareEncoded(a, b))).toBe(expected)
      }),
    )
    sqlite.close()
  })

  test('with a prefix are exactly those from it up to the key after it', () => {
    const inRange = (key: string | Uint8Array, prefix: string | Uint8Array) => {
      const end = afterPrefix(prefix)
      return compareEncoded(key, prefix) >= 0 && (end === undefined || compareEncoded(key, end) < 0)
    }
    const related = <T>(own: fc.Arbitrary<T>, join: (a: T, b: T) => T) =>
      fc.oneof(
        fc.tuple(own, own),
        fc.tuple(own, own).map(([a, b]): [T, T] => [join(a, b), a]),
      )
    fc.assert(
      fc.property(
        related(text, (a, b) => a + b),
        ([key, prefix]) => {
          expect(inRange(key, prefix)).toBe(key.startsWith(prefix))
        },
      ),
    )
    fc.assert(
      fc.property(
        related(bytes, (a, b) => Uint8Array.from([...a, ...b])),
        ([key, prefix]) => {
          const begins = Buffer.from(key).subarray(0, prefix.length).equals(prefix)
          expect(inRange(key, prefix)).toBe(begins)
        },
      ),
    )
  })

  test.each([
    ['a', 'b'],
    ['a\ud7ff', 'a\ue000'],
    ['a\u{10ffff}', 'b'],
    ['\u{10ffff}', undefined],
  ])('the key after the prefix %j is %j', (prefix, after) => {
    expect(afterPrefix(prefix)).toBe(after)
  })

  test('keep their shard, and spread over all of them', () => {
    const shards = new Set<number>()
    for (let at = 0; at < 200; at += 1) {
      const key = encodeKey({ S: `donation#${at}` })
      expect(partOfKey(key, 4)).toBe(partOfKey(key, 4))
      shards.add(partOfKey(key, 4))
    }
    expect(shards).toEqual(new Set([0, 1, 2, 3]))
  })
})
