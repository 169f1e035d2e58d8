/**
 * The default suggester's search: MiniSearch (BM25+ with typing errors and beginnings of words) over the saved replies,
 * and what agents did with them before.
 *
 * @module
 */
import MiniSearch from 'minisearch'
import type { SavedReplyFound } from '../../topics/schemas/saved-reply.ts'
import type { ReplyCounts, SavedReply } from './suggester.ts'

/** Searches one state of the knowledge base. */
export type SearchReplies = (text: string, most: number, counts: CountsOf) => SavedReplyFound[]
export type CountsOf = (replyId: string) => ReplyCounts

/** Words that say nothing of what is asked. */
const stopWords = new Set(
  (
    'a an and are as at be been but by can could did do does for from had has have hello hey hi how i if in into is it its ' +
    'just me my no not of on or our please so some thank thanks that the their them then there they this to us want was we ' +
    'were what when where which who why will with would you your am im ive'
  ).split(' '),
)

/** Words of a question that are looked for: the rest of a long letter adds cost, and little meaning. */
const wordsMax = 60
/** Words that a found reply tells of, and their length, as the contract has them. */
const whyWordsMax = 6
const wordLengthMax = 30

/**
 * Long words of a question that may have two typing errors; the others have one. Each looks at most of the index: a
 * letter of sixty invented words, with six errors each, would cost seconds, and anybody may write one.
 */
const twoErrorsMax = 12

/** A reply this far below the best is noise. */
const shareOfBestMin = 0.25

/**
 * How many imagined answers a new reply begins with, half taken and half dismissed: one agent's first click decides
 * nothing, and after some dozens the counts speak for themselves.
 */
const imaginedAnswers = 8

/** The words of a text, as they are looked for: lower case, without accents and a plural's s. */
export function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFKD')
      .replaceAll(/[\p{M}'’]+/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
}

function termOf(word: string): string | null {
  if (word.length < 2 || word.length > wordLengthMax || stopWords.has(word)) return null
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word
}

/** Between 0 and 2; 1 for a reply that nobody has judged. */
export function countsFactor({ taken, dismissed }: ReplyCounts): number {
  return (2 * (taken + imaginedAnswers / 2)) / (taken + dismissed + imaginedAnswers)
}

/** Indexes the replies; a search takes some hundred microseconds among a hundred. */
export function searchReplies(replies: readonly SavedReply[]): SearchReplies {
  const byId = new Map(replies.map((reply) => [reply.replyId, reply]))
  const index = new MiniSearch<SavedReply>({
    idField: 'replyId',
    fields: ['title', 'keywords', 'text'],
    extractField: (reply, field) =>
      field === 'keywords' ? reply.keywords.join(' ') : reply[field as 'replyId' | 'title' | 'text'],
    tokenize: wordsOf,
    processTerm: termOf,
    searchOptions: {
      boost: { title: 2, keywords: 3 },
      prefix: (term) => term.length > 4,
      fuzzy: (term, place) => (term.length <= 5 ? false : term.length > 7 && place < twoErrorsMax ? 2 : 1),
      weights: { fuzzy: 0.3, prefix: 0.4 },
    },
  })
  index.addAll(replies)

  return (text, most, countsOf) => {
    const words = new Map<string, string>()
    for (const word of wordsOf(text)) {
      const term = words.size < wordsMax ? termOf(word) : null
      if (term !== null && !words.has(term)) words.set(term, word)
    }
    const found = index
      .search([...words.values()].join(' '))
      .map((result) => {
        const replyId = String(result.id)
        const counts = countsOf(replyId)
        return { result, replyId, counts, score: result.score * countsFactor(counts) }
      })
      .toSorted((a, b) => b.score - a.score || (a.replyId < b.replyId ? -1 : 1))
    const least = (found[0]?.score ?? 0) * shareOfBestMin
    return found
      .filter(({ score }) => score >= least)
      .slice(0, most)
      .flatMap(({ result, replyId, counts }): SavedReplyFound[] => {
        const reply = byId.get(replyId)
        if (!reply) return []
        const why = result.queryTerms.slice(0, whyWordsMax).map((term) => words.get(term) ?? term)
        return [{ replyId, title: reply.title, text: reply.text, why: { words: why, ...counts } }]
      })
  }
}
