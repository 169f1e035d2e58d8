import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { StandardSchema } from '../contract/standard-schema.ts'
import { compareSchemas } from './compare.ts'
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'

function schemaOf(schema: StandardSchema): JsonSchema {
  const made = jsonSchemaOf(schema)
  if ('problem' in made) throw new Error(made.problem)
  return made.schema
}

/** The value as a writer with this schema leaves it (without what it does not name), in a list; empty when it does not fit. */
function written(schema: StandardSchema, value: unknown): readonly unknown[] {
  const result = schema['~standard'].validate(value)
  return result instanceof Promise || result.issues ? [] : [result.value]
}

interface Tree {
  readonly n: number
  readonly next?: Tree | undefined
}
const tree: v.GenericSchema<Tree> = v.object({ n: v.number(), next: v.optional(v.lazy(() => tree)) })
const textTree: v.GenericSchema<{ n: string }> = v.object({
  n: v.string(),
  next: v.optional(v.lazy(() => textTree)),
})

const short = v.pipe(v.string(), v.maxLength(3))
const schemas: Readonly<Record<string, StandardSchema>> = {
  string: v.string(),
  'short string': short,
  'long string': v.pipe(v.string(), v.minLength(2), v.maxLength(5)),
  'string with a pattern': v.pipe(v.string(), v.regex(/^[a-z]+$/)),
  number: v.number(),
  integer: v.pipe(v.number(), v.integer()),
  'bounded number': v.pipe(v.number(), v.minValue(1), v.maxValue(3)),
  'even number': v.pipe(v.number(), v.multipleOf(2)),
  'number above 1': v.pipe(v.number(), v.gtValue(1)),
  boolean: v.boolean(),
  'string or null': v.nullable(v.string()),
  'null or string': v.union([v.null(), v.string()]),
  'string or number': v.union([v.string(), v.number()]),
  'short string or number': v.union([v.number(), short]),
  'a or b': v.picklist(['a', 'b']),
  'a, b or c': v.picklist(['a', 'b', 'c']),
  'a alone': v.literal('a'),
  'a or 1': v.picklist(['a', 1]),
  'an object': v.object({ n: v.number() }),
  'a strict object': v.strictObject({ n: v.number() }),
  'an object with an option': v.object({ n: v.number(), text: v.optional(short) }),
  'a strict object with an option': v.strictObject({ n: v.number(), text: v.optional(short) }),
  'an object with a need': v.object({ n: v.number(), text: short }),
  'an object with a constructor': v.object({ n: v.number(), constructor: short }),
  'an object with numbers': v.objectWithRest({ n: v.number() }, v.number()),
  'an object without n': v.object({ text: v.optional(short) }),
  'a record of numbers': v.record(v.string(), v.number()),
  'a record by short keys': v.record(short, v.number()),
  'a record of a and b': z.partialRecord(z.enum(['a', 'b']), z.number()),
  'a list of numbers': v.array(v.number()),
  'a short list': v.pipe(v.array(v.number()), v.maxLength(1)),
  'a list of strings': v.array(v.string()),
  'a pair': v.strictTuple([v.number(), v.string()]),
  'a pair of numbers': v.strictTuple([v.number(), v.number()]),
  'a pair and more': v.tupleWithRest([v.number(), v.number()], v.number()),
  'a tree': tree,
  'a tree of texts': textTree,
  'a variant': v.variant('t', [
    v.object({ t: v.literal('x'), n: v.number() }),
    v.object({ t: v.literal('y') }),
  ]),
  'a wider variant': v.variant('t', [
    v.object({ t: v.literal('z') }),
    v.object({ t: v.literal('x'), n: v.number() }),
    v.object({ t: v.literal('y') }),
  ]),
  'a narrower variant': v.variant('t', [
    v.object({ t: v.literal('x'), n: v.pipe(v.number(), v.maxValue(1)) }),
  ]),
  'both of two': v.intersect([v.object({ n: v.number() }), v.object({ text: short })]),
  anything: v.any(),
  'no string (Zod)': z.object({ n: z.number(), text: z.never().optional() }),
}

const values: readonly unknown[] = (
  [
    [
      '',
      'a',
      'b',
      'c',
      'ab',
      'abc',
      'abcd',
      'abcdef',
      'A1',
      null,
      true,
      false,
      0,
      1,
      1.5,
      2,
      2.5,
      3,
      4,
      -1,
      1e9,
    ],
    [
      {},
      { n: 1 },
      { n: 'a' },
      { n: 1, text: 'ab' },
      { n: 1, text: 'abcd' },
      { n: 1, text: 5 },
      { text: 'ab' },
    ],
    [{ n: 1, more: 1 }, { n: 1, constructor: 'ab' }, { a: 1 }, { abcdef: 1 }, { n: 1, next: { n: 2 } }],
    [
      { n: 'a', next: { n: 'b' } },
      [],
      [1],
      [1, 2],
      [1, 2, 3],
      ['a'],
      [1, 'a'],
      { t: 'x', n: 1 },
      { t: 'x', n: 5 },
    ],
    [{ t: 'y' }, { t: 'z' }],
  ] as readonly (readonly unknown[])[]
).flat()

const names = Object.keys(schemas)
const pairs = names.flatMap((was) => names.map((is) => [was, is] as const))

/** What a value of the pool shows: one that pages take, and one that is recorded, which the other schema refuses. */
function shown(was: StandardSchema, is: StandardSchema): { reader: unknown; record: unknown } {
  return {
    reader: values.flatMap((value) => written(is, value)).find((value) => written(was, value).length === 0),
    record: values.flatMap((value) => written(was, value)).find((value) => written(is, value).length === 0),
  }
}

describe('changes of a schema', () => {
  it('miss nothing that a value would show, for any two of forty schemas', () => {
    const missed = pairs.flatMap(([was, is]) => {
      const [before, after] = [schemas[was] ?? v.any(), schemas[is] ?? v.any()]
      const breaks = compareSchemas(schemaOf(before), schemaOf(after)).map((change) => change.breaks)
      const { reader, record } = shown(before, after)
      return [
        ...(reader !== undefined && !breaks.some((one) => one === 'reader' || one === 'both')
          ? [`${was} → ${is}: pages refuse ${JSON.stringify(reader)}`]
          : []),
        ...(record !== undefined && !breaks.some((one) => one === 'record' || one === 'both')
          ? [`${was} → ${is}: ${JSON.stringify(record)} was recorded`]
          : []),
      ]
    })
    expect(missed).toEqual([])
  })

  it.each(names)('are none from %s to itself', (name) => {
    const schema = schemaOf(schemas[name] ?? v.any())
    expect(compareSchemas(schema, JSON.parse(JSON.stringify(schema)) as JsonSchema)).toEqual([])
  })

  it.each([
    ['string or null', 'null or string', []],
    ['string', 'string or null', ['reader']],
    ['string or null', 'string', ['record']],
    ['a variant', 'a wider variant', ['reader']],
    ['a wider variant', 'a variant', ['record']],
    ['a or b', 'string', ['reader']],
    ['string', 'a or b', ['record']],
    ['an object', 'an object with an option', ['none']],
    ['an object with an option', 'an object', ['none']],
    ['a strict object with an option', 'a strict object', ['record']],
    ['a strict object', 'a strict object with an option', ['reader']],
    ['an object', 'an object with a constructor', ['record']],
    ['an object with a constructor', 'an object', ['reader']],
    ['a record of numbers', 'a record by short keys', ['record']],
    ['a pair of numbers', 'a pair', ['both']],
    ['integer', 'number', ['reader']],
  ])('from %s to %s mislead no one else', (was, is, expected) => {
    const found = compareSchemas(schemaOf(schemas[was] ?? v.any()), schemaOf(schemas[is] ?? v.any()))
    expect(found.map(({ breaks }) => breaks)).toEqual(expected)
  })

  it.each([
    ['not', { type: 'string', not: { const: 'a' } }],
    ['contains', { type: 'array', items: { type: 'number' }, contains: { const: 1 } }],
    ['dependentRequired', { type: 'object', properties: {}, dependentRequired: { a: ['b'] } }],
  ])('count a keyword that is not understood as one for everybody: %s', (keyword, is) => {
    const { [keyword]: _, ...was } = is as JsonSchema
    expect(compareSchemas(was, is)).toMatchObject([{ breaks: 'both' }])
    expect(compareSchemas({ ...was, description: 'a' }, { ...was, title: 'b' })).toEqual([])
  })
})
