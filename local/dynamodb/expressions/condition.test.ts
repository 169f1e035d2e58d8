import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { AttributeValue, Item } from '../values/attribute-value.ts'
import { bindCondition } from './condition.ts'
import { parseCondition } from './condition-parser.ts'
import { Placeholders } from './placeholders.ts'

/** A condition over the attributes `a` to `d`, which hold small integers or are missing: a model that needs no types. */
type Model =
  | { readonly op: 'and' | 'or'; readonly left: Model; readonly right: Model }
  | { readonly op: 'not'; readonly inner: Model }
  | { readonly op: '=' | '<>' | '<' | '<=' | '>' | '>='; readonly name: string; readonly value: number }
  | { readonly op: 'between'; readonly name: string; readonly low: number; readonly high: number }
  | { readonly op: 'in'; readonly name: string; readonly values: readonly number[] }
  | { readonly op: 'exists' | 'missing'; readonly name: string }

const name = fc.constantFrom('a', 'b', 'c', 'd')
const small = fc.integer({ min: 0, max: 4 })
const { condition } = fc.letrec<{ condition: Model }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 5, depthSize: 'medium' },
    fc.record({ op: fc.constantFrom('=', '<>', '<', '<=', '>', '>='), name, value: small }),
    fc
      .tuple(name, small, small)
      .map(([name, a, b]) => ({ op: 'between', name, low: Math.min(a, b), high: Math.max(a, b) }) as const),
    fc.record({ op: fc.constant('in'), name, values: fc.array(small, { minLength: 1, maxLength: 3 }) }),
    fc.record({ op: fc.constantFrom('exists', 'missing'), name }),
    fc.record({ op: fc.constantFrom('and', 'or'), left: tie('condition'), right: tie('condition') }),
    fc.record({ op: fc.constant('not'), inner: tie('condition') }),
  ) as fc.Arbitrary<Model>,
}))
const values = fc.dictionary(name, small)

function holds(model: Model, item: Readonly<Record<string, number>>): boolean {
  switch (model.op) {
    case 'and':
      return holds(model.left, item) && holds(model.right, item)
    case 'or':
      return holds(model.left, item) || holds(model.right, item)
    case 'not':
      return !holds(model.inner, item)
    case 'exists':
      return item[model.name] !== undefined
    case 'missing':
      return item[model.name] === undefined
    case '<>':
      return item[model.name] !== model.value
    case 'in':
      return model.values.includes(item[model.name] ?? -1)
    case 'between': {
      const value = item[model.name] ?? -1
      return value >= model.low && value <= model.high
    }
    case '=':
      return item[model.name] === model.value
    case '<':
      return (item[model.name] ?? 9) < model.value
    case '<=':
      return (item[model.name] ?? 9) <= model.value
    case '>':
      return (item[model.name] ?? -9) > model.value
    case '>=':
      return (item[model.name] ?? -9) >= model.value
  }
}

/** How tightly an operator binds: its operands need parentheses when they bind less. */
const strength = { or: 1, and: 2, not: 3 } as const

/** The condition as text, with no more parentheses than it needs. */
function textOf(model: Model, within = 0): string {
  switch (model.op) {
    case 'and':
    case 'or': {
      const own = strength[model.op]
      // The parser joins to the left: a right operand of the same kind needs parentheses to stay one.
      const text = `${textOf(model.left, own)} ${model.op.toUpperCase()} ${textOf(model.right, own + 1)}`
      return own < within ? `(${text})` : text
    }
    case 'not':
      return `NOT ${textOf(model.inner, strength.not)}`
    case 'exists':
      return `attribute_exists(${model.name})`
    case 'missing':
      return `attribute_not_exists(${model.name})`
    case 'in':
      return `${model.name} IN (${model.values.map((value) => `:v${value}`).join(', ')})`
    case 'between':
      return `${model.name} BETWEEN :v${model.low} AND :v${model.high}`
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return `${model.name} ${model.op} :v${model.value}`
  }
}

test('a parsed condition holds exactly when its model holds', () => {
  const all: Record<string, AttributeValue> = Object.fromEntries(
    [0, 1, 2, 3, 4].map((value) => [`:v${value}`, { N: String(value) }]),
  )
  fc.assert(
    fc.property(condition, values, (model, present) => {
      const text = textOf(model)
      const placeholders = new Placeholders({ ExpressionAttributeValues: all }, { ConditionExpression: text })
      const parsed = parseCondition('ConditionExpression', text)
      const item: Item = Object.fromEntries(
        Object.entries(present).map(([name, value]) => [name, { N: String(value) }]),
      )
      const held = bindCondition('ConditionExpression', parsed, placeholders)(item)
      expect({ text, held }).toEqual({ text, held: holds(model, present) })
    }),
    { numRuns: 500 },
  )
})
