import * as v from 'valibot'
import { expect, it } from 'vitest'
import { describeIssues, type StandardSchema, validateNow } from './standard-schema.ts'

function problemsOf(schema: StandardSchema, value: unknown): string {
  return describeIssues(validateNow(schema, value).issues ?? [])
}

it('says where each issue is', () => {
  const schema = v.object({
    amount: v.object({ value: v.number('expected a number') }),
    name: v.string('expected text'),
  })
  expect(problemsOf(schema, { amount: { value: 'x' }, name: 7 })).toBe(
    'amount.value: expected a number; name: expected text',
  )
})

it('is short, however much there is to say', () => {
  expect(problemsOf(v.array(v.number('no number')), Array(10_000).fill('x'))).toBe(
    '0: no number; 1: no number; 2: no number; 3: no number; 4: no number; and 9995 more',
  )
  expect(problemsOf(v.number(), 'x'.repeat(100_000)).length).toBeLessThan(250)
})

it('wants an answer at once', () => {
  const later: StandardSchema = {
    '~standard': { version: 1, vendor: 'test', validate: () => Promise.resolve({ value: 1 }) },
  }
  expect(() => validateNow(later, 1)).toThrow(/validates synchronously/)
})
