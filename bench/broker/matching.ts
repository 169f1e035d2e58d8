/** What a match costs among 100 subscriptions and among 100,000, a third of them with wildcards. */
import { SubscriptionTrie } from '../../local/iot/topics/subscription-trie.ts'
import { median } from '../support/machine.ts'

export function benchMatching(say: (line: string) => void): void {
  const few = trieOf(100)
  const many = trieOf(100_000)
  const rounds = Array.from({ length: 7 }, () => [nanosecondsOf(few), nanosecondsOf(many)] as const)
  const ratio = median(rounds.map(([small, large]) => large / small))
  say(
    `a match among 100,000 subscriptions with wildcards: × ${ratio.toFixed(2)} of one among 100 ` +
      `(${Math.round(median(rounds.map(([small]) => small)))} and ${Math.round(median(rounds.map(([, large]) => large)))} ns)\n`,
  )
}

/** Subscribers of campaigns, each with the same few matches whatever there is beside them. */
function trieOf(size: number): SubscriptionTrie<number> {
  const trie = new SubscriptionTrie<number>()
  for (let index = 0; index < size; index += 1) {
    const campaign = index % 3 === 0 ? `c${index}/+` : index % 3 === 1 ? `c${index}/#` : `c${index}/total`
    trie.add(`campaigns/${campaign}`, {}, index)
  }
  trie.add('campaigns/+/total', {}, -1)
  trie.add('#', {}, -2)
  return trie
}

function nanosecondsOf(trie: SubscriptionTrie<number>): number {
  const matches = 200_000
  const started = process.hrtime.bigint()
  let found = 0
  for (let index = 0; index < matches; index += 1)
    found += trie.match(`campaigns/c${index % 90}/total`).length
  if (found < matches) throw new Error(`${found} found in ${matches} matches`)
  return Number(process.hrtime.bigint() - started) / matches
}
