import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RecordingLog } from '../testing/recording-log.ts'
import { createKnowledgeBase, lookEveryMs } from './knowledge-base.ts'
import { countsFactor, searchReplies } from './search-replies.ts'
import type { ReplyCounts, SavedReply } from './suggester.ts'

const reply = (replyId: string, title: string, keywords: readonly string[] = []): SavedReply => ({
  replyId,
  title,
  text: `${title}.`,
  keywords,
})
const unjudged: ReplyCounts = { taken: 0, dismissed: 0 }

it('finds by words, their beginnings and typing errors, and says by which words of the question', () => {
  const search = searchReplies([
    reply('refund', 'Refund a donation', ['money back']),
    reply('receipt', 'Send the receipt again'),
    reply('café', 'Café opening hours'),
  ])
  const found = (text: string) =>
    search(text, 3, () => unjudged).map(({ replyId, why }) => [replyId, why.words])
  expect(found('Please, I would like my MONEY back!')).toEqual([['refund', ['MONEY'.toLowerCase(), 'back']]])
  expect(found('where are the receipts')).toEqual([['receipt', ['receipts']]])
  expect(found('recipt')).toEqual([['receipt', ['recipt']]])
  expect(found('CAFE')).toEqual([['café', ['cafe']]])
  expect(found('the and of')).toEqual([])
  expect(found('')).toEqual([])
})

it('any question has an answer that its contract takes', () => {
  const replies = Array.from({ length: 12 }, (_, index) =>
    reply(`r${index}`, `Topic${index} donation refund`),
  )
  const search = searchReplies(replies)
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
      const found = search(`${text} donation`, 3, () => unjudged)
      expect(found.length).toBeLessThanOrEqual(3)
      for (const { why } of found) {
        expect(why.words.length).toBeLessThanOrEqual(6)
        expect(why.words.every((word) => word.length <= 30)).toBe(true)
      }
    }),
  )
})

it('what agents took comes before what they dismissed, and one click decides little', () => {
  expect(countsFactor(unjudged)).toBe(1)
  expect(countsFactor({ taken: 1, dismissed: 0 })).toBeLessThan(1.2)
  fc.assert(
    fc.property(fc.nat(1e6), fc.nat(1e6), (taken, dismissed) => {
      const factor = countsFactor({ taken, dismissed })
      expect(factor).toBeGreaterThan(0)
      expect(factor).toBeLessThan(2)
      expect(countsFactor({ taken: taken + 1, dismissed })).toBeGreaterThan(factor)
      expect(countsFactor({ taken, dismissed: dismissed + 1 })).toBeLessThan(factor)
    }),
  )
})

it('looks once a second, reads what changed only, and goes on with what it knows while the table is away', async () => {
  const table = { texts: 1, counts: 0, away: false, replies: [reply('one', 'First words')] }
  const asked: string[] = []
  let now = 0
  const log = new RecordingLog()
  const ask = async <Value>(what: string, value: () => Value): Promise<Value> => {
    asked.push(what)
    if (table.away) throw new Error('the table is away')
    return value()
  }
  const suggest = createKnowledgeBase({
    store: {
      versions: () => ask('versions', () => ({ texts: table.texts, counts: table.counts })),
      replies: () => ask('replies', () => table.replies),
      counts: () => ask('counts', () => new Map([['one', { taken: table.counts, dismissed: 0 }]])),
    },
    now: () => now,
    log,
  })
  const titles = async () => (await suggest('words', 3)).map(({ title, why }) => `${title} ${why.taken}`)

  expect(await Promise.all([titles(), titles()])).toEqual([['First words 0'], ['First words 0']])
  expect(asked.splice(0)).toEqual(['versions', 'replies', 'counts'])
  table.counts = 3
  expect(await titles()).toEqual(['First words 0'])
  now += lookEveryMs
  expect(await titles()).toEqual(['First words 3'])
  expect(asked.splice(0)).toEqual(['versions', 'counts'])
  Object.assign(table, { texts: 2, replies: [reply('one', 'Second words')], away: true })
  now += lookEveryMs
  expect(await titles()).toEqual(['First words 3'])
  expect(log.lines).toHaveLength(1)
  table.away = false
  now += lookEveryMs
  expect(await titles()).toEqual(['Second words 3'])
})
