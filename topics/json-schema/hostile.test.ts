import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { StandardSchema } from '../contract/standard-schema.ts'
import { exampleOf } from './example.ts'
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts'
import { largestJson } from './largest.ts'
import { patternBound } from './text-bound.ts'
import { schemaDepthMax } from './well-formed.ts'

/** A schema of a library that gives this as its JSON Schema. */
const giving = (input: () => unknown): StandardSchema =>
  ({
    '~standard': {
      version: 1,
      vendor: 'homemade',
      validate: (value: unknown) => ({ value }),
      jsonSchema: { input },
    },
  }) as StandardSchema

const nested = (levels: number): JsonSchema =>
  Array.from({ length: levels }).reduce<JsonSchema>((inner) => ({ properties: { a: inner } }), {
    type: 'null',
  })

describe('a schema of a library with a fault', () => {
  it.each([
    [undefined, 'it is no schema'],
    [{ type: 'object' }, 'it is no schema'],
    [giving(() => null), 'null'],
    [giving(() => ({ type: 'object', properties: { a: null } })), 'properties.a: null is no schema'],
    [giving(() => ({ type: 'object', properties: 5 })), 'properties is 5, and wants schemas by name'],
    [giving(() => ({ required: 'ab' })), 'required is "ab", and wants a list of names'],
    [giving(() => ({ type: 7 })), 'type is 7, and wants a type'],
    [giving(() => ({ items: [{ maxLength: '5' }] })), 'items.0: maxLength is "5", and wants a number'],
    [giving(() => ({ maxItems: Number.NaN })), 'maxItems is null, and wants a number'],
    [giving(() => ({ pattern: '(?i)a' })), 'pattern is "(?i)a", and wants a pattern of JavaScript'],
    [giving(() => ({ anyOf: { a: 1 } })), 'anyOf is {"a":1}, and wants a list of schemas'],
    [giving(() => nested(schemaDepthMax + 1)), `nested deeper than ${schemaDepthMax} levels`],
  ])('is refused with what is wrong (%#)', (schema, problem) => {
    const made = jsonSchemaOf(schema as StandardSchema)
    expect(made).toEqual({ problem: expect.stringContaining(problem) })
  })

  it('may throw what is no error', () => {
    const throwing = giving(() => {
      // eslint-disable-next-line no-throw-literal -- what a library may do
      throw undefined as unknown as Error
    })
    expect(jsonSchemaOf(throwing)).toEqual({ problem: expect.stringContaining('it threw no error') })
  })
})

describe('a bound holds', () => {
  const bytesOf = (schema: StandardSchema): number => {
    const made = jsonSchemaOf(schema)
    if ('problem' in made) throw new Error(made.problem)
    const { bytes, unbounded } = largestJson(made.schema)
    return unbounded.length > 0 ? Number.POSITIVE_INFINITY : bytes
  }

  it.each<[string, StandardSchema, unknown]>([
    ['letters of any script', v.pipe(v.string(), v.regex(/^[\p{L} ]{1,50}$/u)), '漢'.repeat(50)],
    ['characters of four bytes', v.pipe(v.string(), v.regex(/^[^"\\\p{Cc}]{1,50}$/u)), '😀'.repeat(50)],
    ['lines of a text', v.pipe(v.string(), v.regex(/^[a-z]{3}$/m)), `${'x\n'.repeat(100)}abc`],
    ['a URL', v.pipe(v.string(), v.url(), v.maxLength(100)), `https://x/${'漢'.repeat(90)}`],
    ['whole numbers', v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e300)), 1e20],
    ['many values', v.picklist(Array.from({ length: 200_000 }, (_, index) => `x${index}`)), 'x199999'],
  ])('of %s', (_, schema, value) => {
    const result = schema['~standard'].validate(value)
    expect(result).toEqual(expect.objectContaining({ value }))
    expect(bytesOf(schema)).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(value)))
  })

  it('of properties beside choices', () => {
    const schema = { properties: { a: { type: 'null' } }, anyOf: [{ properties: { b: { type: 'null' } } }] }
    expect(largestJson(schema).bytes).toBeGreaterThanOrEqual('{"a":null,"b":null}'.length)
  })

  it('and names of prototypes are names', () => {
    expect(largestJson({ type: 'string', format: 'constructor' }).unbounded).toHaveLength(1)
    expect(largestJson({ $ref: '#/$defs/constructor', $defs: {} }).unbounded).toMatchObject([
      { what: expect.stringContaining('which is not there') },
    ])
    expect(patternBound('^[z-a]{3}$')).toBeUndefined()
  })
})

describe('an example stays one to read', () => {
  it.each<[JsonSchema, number]>([
    [{ type: 'array', items: { type: 'number' }, minItems: 1e9 }, 200],
    [{ type: 'string', minLength: 1e9 }, 2000],
    [{ type: 'string', format: 'constructor' }, 200],
    [{ allOf: [{ type: 'string' }, { type: 'string', maxLength: 5 }] }, 200],
  ])('of %j', (schema, most) => {
    expect(JSON.stringify(exampleOf(schema)).length).toBeLessThan(most)
  })
})
