/** The two topics of a page in `bench/stampede.ts`. */
import * as v from 'valibot'
import { anyone, feed, feedMessage, state, stateMessage } from '../../topics/contract/index.ts'

export const stampedeTotal = state({ topic: 'public/total', payload: v.number(), subscribe: anyone })
export const stampedeFeed = feed({
  topic: 'public/feed',
  entry: v.number(),
  subscribe: anyone,
  overflow: 'recover',
})

/** The heads at this sequence; the feed's has its last five entries. */
export function stampedeMessages(sequence: number): [string, object][] {
  const head = (topic: string) => ({ topic, epoch: 'a', sequence, time: '' })
  const entries = Array.from({ length: 5 }, (_, index) => ({ value: sequence - 4 + index }))
  return [
    ['public/total', stateMessage(stampedeTotal, head('public/total'), sequence)],
    ['public/feed', feedMessage(stampedeFeed, head('public/feed'), entries)],
  ]
}
