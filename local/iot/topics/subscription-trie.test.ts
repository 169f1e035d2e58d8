import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SubscriptionTrie } from './subscription-trie.ts'

/** The rule of docs/aws-iot-core.md §2.3 said plainly, to compare with. */
function matches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
  const wanted = filter.split('/')
  const levels = topic.split('/')
  if (wanted.at(-1) === '#') {
    const before = wanted.slice(0, -1)
    return (
      levels.length > before.length &&
      before.every((level, index) => level === '+' || level === levels[index])
    )
  }
  return (
    wanted.length === levels.length &&
    wanted.every((level, index) => level === '+' || level === levels[index])
  )
}

function found(trie: SubscriptionTrie<string>, topic: string): string[] {
  return trie
    .match(topic)
    .flatMap((subscriptions) => Array.from(subscriptions.values()))
    .sort()
}

test('a/# does not match a, though the standard says so', () => {
  const trie = new SubscriptionTrie<string>()
  trie.add('a/#', {}, 'a/#')
  expect(found(trie, 'a')).toEqual([])
  expect(found(trie, 'a/')).toEqual(['a/#'])
  expect(found(trie, 'a/b/c')).toEqual(['a/#'])
})

test('a leading wildcard does not hear topics that begin with $', () => {
  const trie = new SubscriptionTrie<string>()
  for (const filter of ['#', '+/events/x', '$aws/#']) trie.add(filter, {}, filter)
  expect(found(trie, '$aws/events/x')).toEqual(['$aws/#'])
})

test('finds what the rule says, after any adding and removing', () => {
  const level = fc.constantFrom('a', 'b', '', '$aws')
  const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'))
  const filter = fc
    .tuple(
      fc.array(fc.oneof(level, fc.constant('+')), { minLength: 0, maxLength: 3 }),
      fc.constantFrom('#', '+', 'a'),
    )
    .map(([levels, last]) => [...levels, last].join('/'))
  fc.assert(
    fc.property(
      fc.array(filter, { maxLength: 20 }),
      fc.array(filter, { maxLength: 10 }),
      topic,
      (added, removed, topic) => {
        const trie = new SubscriptionTrie<string>()
        const subscriber = {}
        for (const one of added) trie.add(one, subscriber, one)
        const left = new Set(added)
        for (const one of removed) expect(trie.remove(one, subscriber)).toBe(left.delete(one))
        expect(trie.size).toBe(left.size)
        expect(found(trie, topic)).toEqual([...left].filter((one) => matches(one, topic)).sort())
      },
    ),
  )
})

test('a match among 100,000 subscriptions with wildcards costs no more than twice one among 100', () => {
  const trieOf = (size: number): SubscriptionTrie<number> => {
    const trie = new SubscriptionTrie<number>()
    for (let index = 0; index < size; index += 1)
      trie.add(`campaigns/c${index}/${['+', '#', 'total'][index % 3]}`, {}, index)
    trie.add('campaigns/+/total', {}, -1)
    trie.add('#', {}, -2)
    return trie
  }
  const few = trieOf(100)
  const many = trieOf(100_000)
  const millisecondsOf = (trie: SubscriptionTrie<number>): number => {
    const started = performance.now()
    for (let index = 0; index < 5000; index += 1) trie.match(`campaigns/c${index % 90}/total`)
    return performance.now() - started
  }
  // The quickest of many short rounds: what else the machine does only ever adds.
  const rounds = Array.from({ length: 20 }, () => [millisecondsOf(few), millisecondsOf(many)] as const)
  const quickest = (which: 0 | 1): number => Math.min(...rounds.map((round) => round[which]))
  expect(quickest(1)).toBeLessThan(2 * quickest(0))
})
