/**
 * Draws the list of gifts: once a frame at most, and only the rows that are new.
 *
 * @module
 */
import type { FeedItem } from '../../client/index.ts'
import type { CampaignDonation } from '../../topics/campaign-donations.ts'
import { drawer, element, make } from './elements.ts'
import { addItems, describeGap, type Row, rowsMax } from './gift-rows.ts'
import { moneyFormat, type MoneyFormat } from './money.ts'
import { describeWhen } from './when.ts'

export interface GiftList {
  readonly add: (item: FeedItem<CampaignDonation>) => void
  /** Marks this visitor's own gift, now or when it comes. */
  readonly own: (donationId: string) => void
}

/** Items that wait for a frame at most; a hidden page has none, so they are put together meanwhile. */
const waitingMax = rowsMax * 4

export function giftList(): GiftList {
  const list = element('gifts')
  const empty = element('gifts-empty')
  const owned = new Set<string>()
  const drawn = new Map<string, HTMLElement>()
  const formats = new Map<string, MoneyFormat>()
  let rows: readonly Row[] = []
  let waiting: FeedItem<CampaignDonation>[] = []

  const redraw = drawer(() => {
    take()
    const kept = new Set(rows.map(({ key }) => key))
    for (const [key, node] of drawn) {
      if (kept.has(key)) continue
      node.remove()
      drawn.delete(key)
    }
    // From the oldest to the newest: a row that is not there yet goes before the one drawn last.
    let next: Element | null = null
    for (const row of rows.toReversed()) {
      let node = drawn.get(row.key)
      if (!node) {
        node = row.kind === 'gift' ? drawGift(row.gift) : drawGap(row)
        drawn.set(row.key, node)
        list.insertBefore(node, next)
      }
      next = node
    }
    empty.hidden = rows.length > 0
  })

  function take(): void {
    rows = addItems(rows, waiting)
    waiting = []
  }

  function drawGift(gift: CampaignDonation): HTMLElement {
    const item = make('li', 'gift')
    item.dataset['donationId'] = gift.donationId
    const line = make('p', 'gift-line')
    const name = make('span', 'gift-name', gift.name ?? 'Anonymous')
    name.toggleAttribute('data-anonymous', gift.name === undefined)
    line.append(name, make('span', 'gift-amount', format(gift)))
    item.append(line)
    if (gift.comment) item.append(make('p', 'gift-comment', gift.comment))
    const when = make('p', 'gift-when')
    const time = document.createElement('time')
    time.dateTime = gift.at
    time.textContent = describeWhen(Date.parse(gift.at), Date.now())
    when.append(time)
    item.append(when)
    if (owned.has(gift.donationId)) markOwn(item)
    return item
  }

  function format({ amount }: CampaignDonation): string {
    const known = formats.get(amount.currency) ?? moneyFormat(amount.currency)
    formats.set(amount.currency, known)
    return known.format(amount.value)
  }

  setInterval(() => {
    for (const time of list.querySelectorAll('time')) {
      const text = describeWhen(Date.parse(time.dateTime), Date.now())
      if (time.textContent !== text) time.textContent = text
    }
  }, 15_000)

  return {
    add(item) {
      waiting.push(item)
      if (waiting.length > waitingMax) take()
      redraw()
    },
    own(donationId) {
      owned.add(donationId)
      const node = drawn.get(donationId)
      if (node) markOwn(node)
    },
  }
}

function drawGap({ count, reason }: Extract<Row, { kind: 'gap' }>): HTMLElement {
  return make(
    'li',
    'gap',
    describeGap(count, reason, (n) => n.toLocaleString()),
  )
}

function markOwn(item: HTMLElement): void {
  if (item.hasAttribute('data-own')) return
  item.toggleAttribute('data-own', true)
  item.querySelector('.gift-name')?.append(make('span', 'own-mark', 'Your gift'))
}
