import * as v from 'valibot'

/** An amount in minor units (cents, pence), never a fraction, and its ISO 4217 currency. */
export const moneySchema = v.object({
  value: v.pipe(v.number(), v.integer(), v.minValue(0)),
  currency: v.pipe(v.string(), v.regex(/^[A-Z]{3}$/)),
})

export type Money = v.InferOutput<typeof moneySchema>
