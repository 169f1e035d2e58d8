import { expect, it } from 'vitest'
import { searchReplies } from './search-replies.ts'
import type { SavedReply } from './suggester.ts'

/** The same words at each run, of letters only. */
function inventWords(seed: number): (length: number) => string {
  let state = seed
  return (length) => {
    let word = ''
    while (word.length < length) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      word += String.fromCodePoint(97 + ((state >>> 16) % 26))
    }
    return word
  }
}

it('a letter of long invented words costs a fraction of a second among a thousand replies', () => {
  const word = inventWords(7)
  const words = (count: number): string => Array.from({ length: count }, () => word(9)).join(' ')
  const replies = Array.from({ length: 1000 }, (_, index): SavedReply => ({
    replyId: `r${index}`,
    title: words(8),
    text: words(60),
    keywords: words(20).split(' '),
  }))
  const search = searchReplies(replies)
  const noCounts = () => ({ taken: 0, dismissed: 0 })
  search('warm up', 3, noCounts)
  const letter = Array.from({ length: 60 }, () => word(30)).join(' ')
  const started = performance.now()
  search(letter, 3, noCounts)
  // Six typing errors a word, MiniSearch's most, took three seconds here, and the function's whole time on AWS.
  expect(performance.now() - started).toBeLessThan(700)
})

it('finds a word with one typing error, and a longer one with two', () => {
  const search = searchReplies([
    { replyId: 'receipt', title: 'Receipts', text: 'It comes by e-mail.', keywords: [] },
    { replyId: 'anonymous', title: 'Anonymous donations', text: 'Leave the name blank.', keywords: [] },
  ])
  const found = (text: string) =>
    search(text, 3, () => ({ taken: 0, dismissed: 0 })).map(({ replyId }) => replyId)
  expect(found('my reciept')).toEqual([])
  expect(found('my receept')).toEqual(['receipt'])
  expect(found('anonymuos gift')).toEqual(['anonymous'])
})
