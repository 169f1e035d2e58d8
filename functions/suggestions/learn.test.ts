import { expect, it } from 'vitest'
import { countsOf } from './learn.ts'

const suggested = ['a', 'b', 'c', 'b']

it('of what was suggested, the reply that was taken counts, and the others do not', () => {
  expect(countsOf({ outcome: 'accepted', replyId: 'b', suggested })).toEqual([{ replyId: 'b', as: 'taken' }])
  expect(countsOf({ outcome: 'edited', replyId: 'c', suggested })).toEqual([{ replyId: 'c', as: 'taken' }])
})

it('what was suggested was passed over when another reply was taken, or none', () => {
  const passedOver = ['a', 'b', 'c'].map((replyId) => ({ replyId, as: 'dismissed' }))
  expect(countsOf({ outcome: 'dismissed', suggested })).toEqual(passedOver)
  expect(countsOf({ outcome: 'edited', replyId: 'z', suggested })).toEqual([
    { replyId: 'z', as: 'taken' },
    ...passedOver,
  ])
})
