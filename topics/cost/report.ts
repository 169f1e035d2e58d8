/**
 * An estimate as people read it.
 *
 * @module
 */
import { accountQuotas } from './account-quotas.ts'
import { type Alternative, alternatives } from './alternatives.ts'
import type { Estimate } from './estimate.ts'
import { leftOut, pricesOf } from './prices.ts'
import { type QuotaUse, quotaUse } from './quota-use.ts'
import { totalUnits } from './units.ts'
import { dollarsText, durationText, numberText } from './words.ts'

/** Everything that the report says, as data. */
export interface CostReport {
  readonly estimate: Estimate
  readonly alternatives: readonly Alternative[]
  readonly quotas: readonly QuotaUse[]
  readonly leftOut: readonly string[]
}

export function costReport(estimate: Estimate): CostReport {
  const { region } = estimate.month
  const prices = pricesOf(region)
  return {
    estimate,
    alternatives: alternatives(estimate),
    quotas: quotaUse(estimate.month),
    leftOut: [
      ...(prices.lambda ? [] : [`Lambda: counted, but its price in ${region} has no source here`]),
      ...(prices.tiersUnknown
        ? [
            `the discount beyond a billion messages: not sourced for ${region}, so everything is at the first price`,
          ]
        : []),
      ...leftOut,
    ],
  }
}

/** The report in lines of text. */
export function costText({ estimate, alternatives, quotas, leftOut }: CostReport): string {
  const { month } = estimate
  const lines = [
    `${month.name}: ${numberText(month.audience)} people at the busiest, ${month.region}`,
    '',
    ...contractLines(estimate),
    '',
    ...sumLines(estimate),
    '',
    'instead, a month would be',
    ...alternativeLines(alternatives.filter(({ difference }) => Math.abs(difference) >= 0.005)),
    '',
    'quotas at the busiest, nearest first',
    ...quotas.filter(({ used }) => used > 0).map((use) => quotaLine(use, estimate)),
    '',
    `left out: ${leftOut.join('; ')}`,
    ...pricesOf(month.region).sources.map(
      ({ url, read, note }) => `source: ${url}, ${read}${note === undefined ? '' : ` (${note})`}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

function contractLines({ contracts, units, connectionMinutes, dollars }: Estimate): readonly string[] {
  const rows = [
    ['topic', 'messages', 'pace', 'units', 'minutes', 'a month'],
    ...contracts.map((one) => [
      one.topic,
      numberText(Math.round(one.messages)),
      one.paceSeconds === 0 ? '' : durationText(one.paceSeconds),
      numberText(Math.round(totalUnits(one.units))),
      numberText(Math.round(one.connectionMinutes)),
      dollarsText(one.dollars),
    ]),
    [
      'together',
      '',
      '',
      numberText(Math.round(totalUnits(units))),
      numberText(Math.round(connectionMinutes)),
      dollarsText(dollars.total),
    ],
  ]
  return table(rows)
}

function sumLines({ units, connectionMinutes, lambda, dollars }: Estimate): readonly string[] {
  const whole = (value: number): string => numberText(Math.round(value))
  const rows = [
    ['CONNECT', whole(units.connect), ''],
    ['SUBSCRIBE', whole(units.subscribe), ''],
    ['PUBLISH in', whole(units.publishIn), ''],
    ['PUBLISH out', whole(units.publishOut), ''],
    ['PUBACK', whole(units.puback), ''],
    ['retained stores', whole(units.retainedStore), ''],
    ['messages of 5 KB', whole(totalUnits(units)), dollarsText(dollars.messages)],
    ['connection minutes', whole(connectionMinutes), dollarsText(dollars.connectionMinutes)],
    ['IoT rules', '', 'left out'],
    [
      'Lambda invocations',
      whole(lambda.invocations),
      dollars.lambda === undefined ? 'not priced' : dollarsText(dollars.lambda),
    ],
    ['Lambda GB-s', whole(lambda.gbSeconds), dollars.lambda === undefined ? 'not priced' : 'with them'],
  ]
  return table(rows)
}

function alternativeLines(all: readonly Alternative[]): readonly string[] {
  return table(
    all.map(({ topic, what, dollars, difference }) => [
      topic,
      what,
      dollarsText(dollars),
      differenceText(difference),
    ]),
    2,
  )
}

function differenceText(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${dollarsText(Math.abs(difference))}`
}

function quotaLine(
  { name, used, limit, phase, reachedAt, keptByPace }: QuotaUse,
  { contracts }: Estimate,
): string {
  const share = used / limit
  const percent = share >= 0.1 ? Math.round(share * 100) : Number((share * 100).toPrecision(1))
  const slowest = Math.max(0, ...contracts.map(({ paceSeconds }) => paceSeconds))
  const parts = [
    `${numberText(used)} of ${numberText(limit)} (${percent} %) in "${phase}"`,
    ...(reachedAt === undefined
      ? ['does not grow with the audience']
      : [`reached at ${numberText(Math.floor(reachedAt))} people`]),
    ...(keptByPace && share > 1 ? [`the pace gives way: up to ${durationText(slowest)}`] : []),
    ...(share > 1 && !keptByPace ? ['WANTS A RAISED QUOTA'] : []),
  ]
  return `  ${name}: ${parts.join('; ')}`
}

/** Columns, the first `left` of them flush left. */
function table(rows: readonly (readonly string[])[], left = 1): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows.map((row) =>
    `  ${row.map((cell, column) => (column < left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`.trimEnd(),
  )
}

/** What the quotas are called on the command line, for the report's reader. */
export const quotaNames = Object.entries(accountQuotas).map(([id, { name }]) => `${id}: ${name}`)
