/**
 * What a screen reader is told as gifts come in: a sentence now and then, not every gift.
 *
 * @module
 */
import { element } from './elements.ts'
import type { MoneyFormat } from './money.ts'
import type { CampaignTotal } from './total-view.ts'

/** Shortest time between two sentences, ms. */
export const summaryEveryMs = 15_000

/** The sentence for what came between two totals. */
export function summarise(before: CampaignTotal, after: CampaignTotal, money: MoneyFormat): string {
  const gifts = after.donations - before.donations
  const total = `${money.format(after.total.value)} raised`
  if (gifts <= 0) return total
  return `${gifts.toLocaleString()} new ${gifts === 1 ? 'gift' : 'gifts'}. ${total}`
}

/** Says what changed since the last sentence, every `summaryEveryMs` at most. */
export function summary(): (value: CampaignTotal, money: MoneyFormat) => void {
  const region = element('summary')
  let said: CampaignTotal | undefined
  let latest: { value: CampaignTotal; money: MoneyFormat } | undefined
  setInterval(() => {
    if (!latest || !said || latest.value.total.value === said.total.value) return
    region.textContent = summarise(said, latest.value, latest.money)
    said = latest.value
  }, summaryEveryMs)
  return (value, money) => {
    said ??= value
    latest = { value, money }
  }
}
