import * as v from 'valibot'
import { expect, it } from 'vitest'
import { unfitBody } from './unfit-body.ts'

const about = { code: 'unfit', title: 'This is none', remedy: 'send another' }
const schema = v.object({ name: v.string(), words: v.array(v.string()) })
const problemOf = (body: unknown) => {
  const { issues } = v.safeParse(schema, body)
  if (!issues) throw new Error('it fits')
  return unfitBody(issues, about)
}

it('names each field with the value seen', () => {
  const problem = problemOf({ name: 1, words: ['a', 2] })
  expect(problem.message).toContain('name is 1 and')
  expect(problem.message).toContain('; words.1 is 2 and')
  expect(problem.errors).toMatchObject([{ field: 'name' }, { field: 'words.1' }])
})

it('a value that is nested as deep as a body can be is refused like any other', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(120_000)}${']'.repeat(120_000)}`)
  const problem = problemOf({ name: deep, words: [] })
  expect(problem).toMatchObject({ status: 400, errors: [{ field: 'name' }] })
  expect(problem.message.length).toBeLessThan(300)
})

it('thousands of faults have an answer of a few', () => {
  const problem = problemOf({ name: 'a', words: Array.from({ length: 100_000 }, () => 0) })
  expect(problem.errors).toHaveLength(20)
  expect(problem.message).toContain('; and 99980 more')
  expect(problem.message.length).toBeLessThan(5_000)
})
