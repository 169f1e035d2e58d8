import * as v from 'valibot'
import { line, lines } from './text.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** A saved reply that the search found, and why it did. */
export const savedReplyFoundSchema = v.object({
  replyId: v.pipe(v.string(), v.maxLength(64)),
  title: line(80),
  text: lines(600),
  why: v.object({
    /** Words of the question that it was found by. */
    words: v.pipe(v.array(line(30)), v.maxLength(6)),
    /** How often agents took it when it was suggested, as it is or edited, and how often they dismissed it. */
    taken: count,
    dismissed: count,
  }),
})

export type SavedReplyFound = v.InferOutput<typeof savedReplyFoundSchema>
