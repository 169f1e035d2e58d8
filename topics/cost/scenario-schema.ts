import * as v from 'valibot'
import { payloadBytesMax } from '../contract/aws-limits.ts'
import { accountQuotaIds } from './account-quotas.ts'
import { visitMinutesDefault } from './month.ts'
import { defaultRegion, prices } from './prices.ts'

/** A largest number for people, rates and topics: beyond any, and small enough that no product of theirs overflows. */
export const countMax = 1e12

/** Hours: the shortest phase; the shortest visit is as long. */
const second = 1 / 3600

const zeroOrMore = v.pipe(v.number(), v.minValue(0), v.maxValue(countMax))
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const text = v.pipe(v.string(), v.minLength(1), v.regex(/^\P{C}*$/u))

/** Not a record: Valibot leaves out keys such as `constructor`, which may be a topic. */
const byName = <Key extends string, Value extends v.GenericSchema>(
  key: v.GenericSchema<string, Key>,
  value: Value,
) =>
  v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(
      (given) => typeof given === 'object' && given !== null && !Array.isArray(given),
    ),
    v.transform((given) => new Map(Object.entries(given))),
    v.map(key, value),
  )

/** What a scenario's file may say. docs/cost.md has it in words. */
export const scenarioSchema = v.strictObject({
  name: text,
  region: v.optional(v.picklist(Object.keys(prices)), defaultRegion),
  /** Visitors of all pages at the same time, at the busiest. */
  audience: zeroOrMore,
  quotas: v.optional(
    byName(v.picklist(accountQuotaIds), v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(countMax))),
    {},
  ),
  pages: v.pipe(
    v.array(
      v.strictObject({
        name: text,
        hears: v.pipe(
          v.array(text),
          v.check((hears) => new Set(hears).size === hears.length),
        ),
        minutes: v.optional(
          v.pipe(v.number(), v.minValue(60 * second), v.maxValue(1440)),
          visitMinutesDefault,
        ),
        share: v.optional(share, 1),
      }),
    ),
    v.minLength(1),
  ),
  phases: v.pipe(
    v.array(
      v.strictObject({
        name: text,
        hours: v.pipe(v.number(), v.minValue(second), v.maxValue(744)),
        share: v.optional(share, 1),
        rate: v.optional(zeroOrMore),
        rates: v.optional(byName(v.string(), zeroOrMore), {}),
      }),
    ),
    v.minLength(1),
  ),
  contracts: v.optional(
    byName(
      v.string(),
      v.strictObject({
        topics: v.optional(v.pipe(v.number(), v.minValue(0.001), v.maxValue(countMax))),
        paceSeconds: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(3600))),
        pace: v.optional(v.picklist(['fixed', 'auto'])),
        qos: v.optional(v.picklist([0, 1])),
        messageBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(payloadBytesMax))),
      }),
    ),
    {},
  ),
})

export type WrittenScenario = v.InferOutput<typeof scenarioSchema>
