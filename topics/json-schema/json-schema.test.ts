import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { campaignDonationSchema } from '../campaign-donations.ts'
import { campaignTotalSchema } from '../campaign-total.ts'
import { line } from '../schemas/text.ts'
import { compareSchemas } from './compare.ts'
import { exampleOf } from './example.ts'
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'
import { largestJson } from './largest.ts'
import { patternBound } from './text-bound.ts'

function schemaOf(schema: Parameters<typeof jsonSchemaOf>[0]): JsonSchema {
  const made = jsonSchemaOf(schema)
  if ('problem' in made) throw new Error(made.problem)
  return made.schema
}

describe('JSON Schema of a contract', () => {
  it('is the same from Valibot and from Zod', () => {
    const expected = {
      type: 'object',
      properties: { name: { type: 'string', maxLength: 5 }, at: { type: 'number' } },
      required: ['name'],
    }
    const fromValibot = v.object({ name: v.pipe(v.string(), v.maxLength(5)), at: v.optional(v.number()) })
    const fromZod = z.object({ name: z.string().max(5), at: z.number().optional() })
    expect(schemaOf(fromValibot)).toEqual(expected)
    expect(schemaOf(fromZod)).toMatchObject(expected)
  })

  it('is missing, with the reason, from a library that gives none', () => {
    const schema = {
      '~standard': { version: 1, vendor: 'homemade', validate: (value: unknown) => ({ value }) },
    }
    expect(jsonSchemaOf(schema as never)).toEqual({ problem: expect.stringContaining('homemade') })
  })

  it('lets everything into an object that Valibot leaves open', () => {
    const { unbounded } = largestJson(schemaOf(v.looseObject({ a: v.boolean() })))
    expect(unbounded).toMatchObject([{ path: '', remedy: 'name its properties' }])
  })
})

describe('the bound of a schema', () => {
  /** Schemas that have a bound, each with values of it. */
  const bounded: fc.Arbitrary<{ schema: JsonSchema; values: fc.Arbitrary<unknown> }> = fc.letrec<{
    any: { schema: JsonSchema; values: fc.Arbitrary<unknown> }
  }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.nat(12).map((maxLength) => ({
        schema: { type: 'string', maxLength },
        values: fc.string({ unit: 'binary', maxLength }).filter((text) => text.length <= maxLength),
      })),
      fc.nat(12).map((maxLength) => ({
        schema: { type: 'string', maxLength, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' },
        values: fc
          .string({ unit: 'binary', maxLength })
          .map((text) => text.replaceAll(/\p{Cc}/gu, 'x'))
          .filter((text) => text.length <= maxLength),
      })),
      fc.constant({
        schema: { type: 'number' },
        values: fc.double({ noNaN: true, noDefaultInfinity: true }),
      }),
      fc.constant({ schema: { enum: ['a', 'é', null] }, values: fc.constantFrom('a', 'é', null) }),
      fc.tuple(fc.integer(), fc.nat()).map(([minimum, more]) => ({
        schema: { type: 'integer', minimum, maximum: minimum + more },
        values: fc.integer({ min: minimum, max: minimum + more }),
      })),
      fc.tuple(tie('any'), fc.nat(4)).map(([item, maxItems]) => ({
        schema: { type: 'array', items: item.schema, maxItems },
        values: fc.array(item.values, { maxLength: maxItems }),
      })),
      fc.tuple(tie('any'), tie('any')).map(([first, second]) => ({
        schema: { anyOf: [first.schema, second.schema] },
        values: fc.oneof(first.values, second.values),
      })),
      fc.tuple(tie('any'), tie('any')).map(([first, second]) => ({
        schema: { type: 'object', properties: { 'né"e': first.schema, b: second.schema }, required: ['b'] },
        values: fc.record({ 'né"e': first.values, b: second.values }, { requiredKeys: ['b'] }),
      })),
    ),
  })).any

  it('holds for every value of it (property)', () => {
    fc.assert(
      fc.property(
        bounded.chain(({ schema, values }) => fc.record({ schema: fc.constant(schema), value: values })),
        ({ schema, value }) => {
          const { bytes, unbounded } = largestJson(schema)
          expect(unbounded).toEqual([])
          expect(Buffer.byteLength(JSON.stringify(value))).toBeLessThanOrEqual(bytes)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('is reached: a bound that is far too wide would refuse good contracts', () => {
    const worst = { name: '￿'.repeat(100), total: { value: -1.2345678901234567e-308, currency: 'EUR' } }
    const schema = v.object({
      name: line(100),
      total: v.object({ value: v.number(), currency: v.pipe(v.string(), v.regex(/^[A-Z]{3}$/)) }),
    })
    expect(largestJson(schemaOf(schema)).bytes).toBe(Buffer.byteLength(JSON.stringify(worst)) + 2)
  })

  it.each([
    [{ type: 'string' }, '', 'add maxLength'],
    [{ type: 'string', format: 'email' }, '', 'add maxLength'],
    [{ type: 'array', items: { type: 'boolean' } }, '', 'add maxItems'],
    [{ type: 'object', properties: { a: { type: 'string', pattern: '^a|b$' } } }, 'a', 'add maxLength'],
    [{ type: 'array', maxItems: 2, items: { type: 'string' } }, '[]', 'add maxLength'],
    [{}, '', 'say its type, one that JSON has'],
    [
      { type: 'object', additionalProperties: { type: 'boolean' }, propertyNames: { maxLength: 2 } },
      '',
      'name its properties',
    ],
    [{ type: 'object', properties: { next: { $ref: '#' } } }, 'next', 'end the nesting at a depth'],
  ] as [JsonSchema, string, string][])('is missing in %j', (schema, path, remedy) => {
    expect(largestJson(schema).unbounded).toEqual([expect.objectContaining({ path, remedy })])
  })

  it('knows patterns of one class of characters, and no others', () => {
    expect(patternBound('^[A-Z]{3}$')).toEqual({ length: 3, bytesPerCodeUnit: 1 })
    expect(patternBound('^[A-Za-z0-9_-]{1,64}$')).toEqual({ length: 64, bytesPerCodeUnit: 1 })
    expect(patternBound('^[a-z"]+$')).toEqual({ bytesPerCodeUnit: 2 })
    expect(patternBound('^[^\\u0000-\\u001f]*$')).toEqual({ bytesPerCodeUnit: 3 })
    expect(patternBound('^[^x]{2,}$')).toEqual({ bytesPerCodeUnit: 6 })
    expect(patternBound('^(a|b)+$')).toBeUndefined()
  })
})

describe('an example', () => {
  it.each([campaignTotalSchema, campaignDonationSchema])('fits its schema', (schema) => {
    expect(v.safeParse(schema, exampleOf(schemaOf(schema))).issues).toBeUndefined()
  })

  it('fits formats, lists, choices and bounds', () => {
    const schema = v.object({
      kind: v.picklist(['a', 'b']),
      at: v.pipe(v.string(), v.isoTimestamp()),
      code: v.pipe(v.string(), v.minLength(30), v.maxLength(31)),
      tags: v.pipe(v.array(v.pipe(v.string(), v.email())), v.minLength(2)),
      part: v.variant('t', [v.object({ t: v.literal('x'), n: v.pipe(v.number(), v.minValue(500)) })]),
    })
    expect(v.safeParse(schema, exampleOf(schemaOf(schema))).issues).toBeUndefined()
  })
})

describe('changes of a schema', () => {
  const was: JsonSchema = {
    type: 'object',
    properties: {
      name: { type: 'string', maxLength: 10 },
      note: { type: 'string' },
      kind: { enum: ['a', 'b'] },
      count: { type: 'integer' },
      list: { type: 'array', items: { type: 'number', minimum: 0 } },
    },
    required: ['name', 'count'],
  }
  const changed = (
    properties: Record<string, JsonSchema | undefined>,
    required = was.required,
  ): JsonSchema => ({
    ...was,
    properties: Object.fromEntries(
      Object.entries({ ...was.properties, ...properties }).flatMap(([name, schema]) =>
        schema ? [[name, schema]] : [],
      ),
    ),
    ...(required ? { required } : {}),
  })

  it.each([
    ['nothing, in another order', { ...changed({}), required: ['name', 'count'] }, []],
    ['a field is removed', changed({ name: undefined }, ['count']), [['name', 'reader']]],
    ['an optional field is removed', changed({ note: undefined }), [['note', 'none']]],
    ['an optional field is added', changed({ more: { type: 'string' } }), [['more', 'none']]],
    [
      'a required field is added',
      changed({ more: { type: 'string' } }, ['name', 'count', 'more']),
      [['more', 'record']],
    ],
    ['required becomes optional', changed({}, ['count']), [['name', 'reader']]],
    ['optional becomes required', changed({}, ['name', 'count', 'note']), [['note', 'record']]],
    ['a type is changed', changed({ count: { type: 'string' } }), [['count', 'both']]],
    ['a type is widened', changed({ count: { type: 'number' } }), [['count', 'reader']]],
    [
      'a type is narrowed',
      changed({ list: { type: 'array', items: { type: 'integer', minimum: 0 } } }),
      [['list[]', 'record']],
    ],
    ['a length is lowered', changed({ name: { type: 'string', maxLength: 5 } }), [['name', 'record']]],
    ['a length is raised', changed({ name: { type: 'string', maxLength: 50 } }), [['name', 'reader']]],
    ['a bound is added', changed({ note: { type: 'string', maxLength: 5 } }), [['note', 'record']]],
    ['a pattern is added', changed({ note: { type: 'string', pattern: '^a$' } }), [['note', 'record']]],
    ['a value is added', changed({ kind: { enum: ['a', 'b', 'c'] } }), [['kind', 'reader']]],
    ['a value is removed', changed({ kind: { enum: ['a'] } }), [['kind', 'record']]],
    [
      'an item is narrowed',
      changed({ list: { type: 'array', items: { type: 'number', minimum: 1 } } }),
      [['list[]', 'record']],
    ],
  ] as [string, JsonSchema, [string, string][]][])('%s', (_, is, expected) => {
    expect(compareSchemas(was, is).map(({ path, breaks }) => [path, breaks])).toEqual(expected)
  })

  it('sees what a reference leads to, and ends where a schema holds itself', () => {
    const tree = (type: string): JsonSchema => ({
      $ref: '#/$defs/tree',
      $defs: { tree: { type: 'object', properties: { value: { type }, next: { $ref: '#/$defs/tree' } } } },
    })
    expect(compareSchemas(tree('string'), tree('string'))).toEqual([])
    expect(compareSchemas(tree('string'), tree('number'))).toMatchObject([{ path: 'value', breaks: 'both' }])
  })
})
