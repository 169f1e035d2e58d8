/**
 * The figures at the top: name, total, number of gifts, goal.
 *
 * @module
 */
import type { StateContract } from '../../topics/index.ts'
import type { campaignTotal } from '../../topics/campaign-total.ts'
import { type CountUp, shownAt, standing, towards } from './count-up.ts'
import { drawer, element, wantsLessMotion } from './elements.ts'
import { type MoneyFormat } from './money.ts'

export type CampaignTotal =
  typeof campaignTotal extends StateContract<string, infer Payload> ? Payload : never

/** Draws totals as they come; answers a function that takes each. */
export function totalView(): (value: CampaignTotal, money: MoneyFormat) => void {
  const total = element('total')
  const donations = element('donations')
  let current: { value: CampaignTotal; money: MoneyFormat } | undefined
  let amount: CountUp | undefined
  let count: CountUp | undefined

  const redraw = drawer((now) => {
    if (!current || !amount || !count) return
    const { value, money } = current
    const shown = money.format(shownAt(amount, now))
    if (total.textContent !== shown) total.textContent = shown
    total.toggleAttribute('data-long', shown.length > 13)
    donations.textContent = shownAt(count, now).toLocaleString()
    if (now < amount.startedAt + amount.lasts) redraw()
    else document.title = `${money.format(value.total.value)} · ${value.name}`
  })

  return (value, money) => {
    const now = performance.now()
    const smooth = !wantsLessMotion() && !document.hidden
    amount = amount && smooth ? towards(amount, value.total.value, now) : standing(value.total.value)
    count = count && smooth ? towards(count, value.donations, now) : standing(value.donations)
    current = { value, money }
    // The exact figure, whatever the count is at: for whoever reads the page by program.
    total.dataset['value'] = String(value.total.value)
    element('campaign-name').textContent = value.name
    element('donations-word').textContent = value.donations === 1 ? 'gift' : 'gifts'
    drawGoal(value, money)
    redraw()
  }
}

function drawGoal({ goal, total }: CampaignTotal, money: MoneyFormat): void {
  element('goal').hidden = goal === undefined
  if (goal === undefined) return
  element('goal-bar', HTMLProgressElement).value = Math.min(1, total.value / goal)
  const part = Math.floor((total.value / goal) * 100)
  element('goal-text').textContent =
    total.value >= goal
      ? `The goal of ${money.formatRound(goal)} is reached: ${part.toLocaleString()} %`
      : `${part} % of the goal of ${money.formatRound(goal)}`
}
