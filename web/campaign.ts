/**
 * The campaign page: hears a campaign's total and its gifts, and takes donations.
 *
 * @module
 */
import { connectLite } from '../client/lite.ts'
import { campaignDonations } from '../topics/campaign-donations.ts'
import { campaignTotal } from '../topics/campaign-total.ts'
import { parameterPattern } from '../topics/contract/pattern.ts'
import { donateForm } from './page/donate-form.ts'
import { element } from './page/elements.ts'
import { giftList } from './page/gift-list.ts'
import { moneyFormat, type MoneyFormat } from './page/money.ts'
import { drawStatus } from './page/status-line.ts'
import { summary } from './page/summary.ts'
import { type CampaignTotal, totalView } from './page/total-view.ts'

/** Gifts that the list begins with. */
const giftsAtFirst = 20

const campaignId = new URLSearchParams(location.search).get('campaign') ?? 'telethon'

if (parameterPattern.test(campaignId)) run()
else {
  showMissing(true)
  element('missing-help').textContent = 'A campaign’s name has 1 to 64 letters, digits, - or _.'
  element('missing-command').hidden = true
  element('missing-wait').hidden = true
  element('status').hidden = true
}

function run(): void {
  const gifts = giftList()
  const drawTotal = totalView()
  const tell = summary()
  const form = donateForm(campaignId, gifts.own)
  let money: MoneyFormat | undefined

  function show(value: CampaignTotal): void {
    if (money?.currency !== value.total.currency) money = moneyFormat(value.total.currency)
    showMissing(false)
    drawTotal(value, money)
    form.currency(money)
    tell(value, money)
  }

  const client = connectLite({ api: '' })
  client.on('status', drawStatus)
  client.state(campaignTotal, { campaignId }, { onValue: show, onMissing: () => showMissing(true) })
  client.feed(campaignDonations, { campaignId }, { last: giftsAtFirst, onItem: gifts.add })
}

function showMissing(missing: boolean): void {
  element('missing').hidden = !missing
  element('campaign').hidden = missing
  element('campaign').setAttribute('aria-busy', 'false')
  element('missing-name').textContent = campaignId
  element('missing-command').textContent =
    campaignId === 'telethon' ? 'npm run replay' : `npm run replay -- --campaign ${campaignId}`
}
