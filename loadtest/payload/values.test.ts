import fc from 'fast-check'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { anyone, state } from '../../topics/contract/index.ts'
import { validateNow } from '../../topics/contract/standard-schema.ts'
import { carriedSchema } from '../../topics/cost/message-bytes.ts'
import { contracts } from '../../topics/registry.ts'
import { seeded } from '../engine/seeded.ts'
import { PayloadError, payloadValues } from './values.ts'

it.each(contracts.map((contract) => [contract.topic, contract] as const))(
  'every value of %s fits its contract, and they differ',
  (_, contract) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const values = payloadValues(contract, 20, seeded(seed, ''))
        for (const value of values) expect(validateNow(carriedSchema(contract), value).issues).toBeUndefined()
        expect(new Set(values.map((value) => JSON.stringify(value))).size).toBeGreaterThan(15)
      }),
      { numRuns: 50 },
    )
  },
)

it('the same seed makes the same values, another others', () => {
  const [contract] = contracts
  if (!contract) throw new Error('no contract')
  expect(payloadValues(contract, 5, seeded(1, ''))).toEqual(payloadValues(contract, 5, seeded(1, '')))
  expect(payloadValues(contract, 5, seeded(1, ''))).not.toEqual(payloadValues(contract, 5, seeded(2, '')))
})

it('a schema that no example fits is refused with the remedy', () => {
  const odd = state({
    topic: 'odd',
    payload: v.object({
      code: v.pipe(
        v.string(),
        v.check((text) => text === 'sesame'),
      ),
    }),
    subscribe: anyone,
  })
  expect(() => payloadValues(odd, 1, () => 0.5)).toThrow(PayloadError)
  expect(() => payloadValues(odd, 1, () => 0.5)).toThrow(/write the publisher's `values` instead/)
})
