/** The doors in Chromium: React's hooks, the custom elements of a page with no build step, the overlay. */
import { createElement as h } from 'react'
import { renderToString } from 'react-dom/server'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FanfareProvider } from '../client/react/index.ts'
import { launchChromium } from './support/chromium.ts'
import { type PageServer, startPageServer } from './support/page-server.ts'
import { Campaign } from './support/pages/react-campaign.ts'
import { donateSurely, eventually, testStack, type TestStack } from './support/stack.ts'

let browser: Browser
let stack: TestStack
let pages: PageServer
let given = 0

const campaignId = 'red-nose'
// What the server renders: the hooks' first state, in the tree that the page hydrates.
const noClient = (): never => {
  throw new Error('a client on the server')
}
const provided = h(FanfareProvider, { client: noClient }, h(Campaign, { campaignId }))
const rendered = renderToString(h('main', null, h('button', { id: 'toggle' }, 'toggle'), provided))

beforeAll(async () => {
  browser = await launchChromium()
  stack = await testStack()
  await stack.campaign(campaignId)
  pages = await startPageServer({
    scripts: ['react-page', 'react-inbox-page', 'element-page'],
    html: {
      'react-page': `<div id="root">${rendered}</div>`,
      'element-page': `
        <fanfare-value id="total" topic="campaigns/red-nose/total" field="total.value" format="currency" announce="5">nothing</fanfare-value>
        <fanfare-value id="absent" topic="campaigns/absent/total" field="total.value">nothing</fanfare-value>
        <fanfare-value id="wrong" topic="campaigns/{id}/total">nothing</fanfare-value>
        <fanfare-feed id="gifts" topic="campaigns/red-nose/donations" last="3" keep="3">
          <template><p><b data-field="amount.value" data-format="currency"></b> <i data-field="name"></i></p></template>
        </fanfare-feed>`,
    },
  })
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await pages?.[Symbol.asyncDispose]()
  await stack?.[Symbol.asyncDispose]()
})

const donate = (value: number, name?: string): Promise<string> =>
  donateSurely(
    stack,
    { campaignId, amount: { value, currency: 'USD' }, ...(name && { donor: { name } }) },
    `key-${++given}`,
  )
const raised = async (): Promise<number> => (await stack.figures(campaignId)).value

async function open(name: string): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage({ locale: 'en-GB' })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    // What was asked of the page's own origin before it was told the API, and a topic that has no head.
    if (message.type() === 'error' && !message.text().includes('404')) problems.push(message.text())
  })
  const { site } = stack.urls
  await page.goto(`${pages.url}/${name}.html?campaign=${campaignId}&api=${encodeURIComponent(site)}`)
  return { page, problems }
}

const text = (page: Page, selector: string): Promise<string | null> => page.locator(selector).textContent()

describe('React', { timeout: 60_000 }, () => {
  it('hydrates, shares a subscription, follows the feed, and ends what is unmounted', async () => {
    const { page, problems } = await open('react-page')
    await eventually(async () => expect(await text(page, '#status')).toBe('live'))
    await donate(500)
    await donate(700)
    await eventually(async () => {
      const total = `${await raised()}`
      expect(await text(page, '#total-a')).toBe(total)
      expect(await text(page, '#total-b')).toBe(total)
      expect(total).toBe('1200')
      expect(await page.locator('li.entry').allTextContents()).toEqual(['1: 500', '2: 700'])
    })
    const counts = (): Promise<unknown> =>
      page.evaluate(() => (globalThis as unknown as { counts: unknown }).counts)
    // StrictMode mounts twice; the client is one all the same.
    expect(await counts()).toEqual({ clients: 1, open: 1 })
    const subscribed = stack.iot.connections().flatMap(({ subscriptions }) => subscriptions)
    expect(subscribed.length).toBeGreaterThan(0)
    await page.click('#toggle')
    await eventually(async () => expect(await counts()).toEqual({ clients: 1, open: 0 }))
    await page.click('#toggle')
    await eventually(async () => expect(await text(page, '#total-a')).toBe('1200'))
    expect(await counts()).toEqual({ clients: 2, open: 1 })
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('React on the service in memory', { timeout: 60_000 }, () => {
  it('shows an inbox, handles its items, and sends a signal', async () => {
    const { page, problems } = await open('react-inbox-page')
    await page.evaluate("push('call'), push('write')")
    await eventually(async () =>
      expect(await page.locator('.task').allTextContents()).toEqual(['call', 'write']),
    )
    expect(await text(page, '#unread')).toBe('2')
    await page.locator('.task', { hasText: 'call' }).click()
    await eventually(async () => expect(await page.locator('.task').allTextContents()).toEqual(['write']))
    expect(await page.evaluate('unhandled()')).toEqual(['write'])
    await page.click('#type')
    await eventually(async () => expect(await page.evaluate('sent()')).toEqual(['somebody types']))
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('the elements', { timeout: 60_000 }, () => {
  it('show a value and a feed, say how they are, and take nothing for markup', async () => {
    const { page, problems } = await open('element-page')
    await page.evaluate((api) => {
      for (const element of document.querySelectorAll('fanfare-value, fanfare-feed'))
        element.setAttribute('api', api)
    }, stack.urls.site)
    const value = page.locator('#total')
    await eventually(async () => expect(await value.getAttribute('status')).toBe('live'))
    await donate(123_400, '<img src=x onerror=alert(1)>')
    await eventually(async () => {
      expect(await text(page, '#total [part=value]')).toBe('$1,246')
      expect(await page.locator('#gifts b').first().textContent()).toBe('$1,234')
    })
    expect(await page.locator('#gifts i').first().textContent()).toBe('<img src=x onerror=alert(1)>')
    expect(await page.locator('#gifts img').count()).toBe(0)
    expect(await page.locator('#gifts > [role=listitem]').count()).toBe(3)
    // A gift without a name hides its place.
    expect(await page.locator('#gifts i').nth(1).isHidden()).toBe(true)
    expect(await text(page, '#total [role=status]')).toContain('$')
    // How it is written changes at once, in words that Intl does not know, too.
    await page.evaluate(() => {
      const element = document.querySelector('#total')
      for (let turn = 0; turn < 100; turn++) element?.setAttribute('format', turn % 2 ? 'absurd' : 'number')
      element?.setAttribute('locale', 'en_GB')
    })
    expect(await text(page, '#total [part=value]')).toBe('124600')
    await page.evaluate(() => {
      const element = document.querySelector('#total')
      element?.removeAttribute('locale')
      element?.setAttribute('format', 'currency')
      // Moved, as frameworks do.
      document.body.append(element ?? '')
    })
    expect(await text(page, '#total [part=value]')).toBe('$1,246')
    const absent = page.locator('#absent')
    await eventually(async () => expect(await absent.getAttribute('missing')).toBe(''))
    expect(await absent.textContent()).toBe('nothing')
    expect(await page.locator('#wrong').getAttribute('error')).toBe('INVALID_PARAMETER')
    // Both elements and the rest of the page have one connection.
    expect(stack.iot.connections()).toHaveLength(1)
    await page.evaluate(() => document.querySelector('#gifts')?.remove())
    await donate(100)
    await eventually(async () => expect(await text(page, '#total [part=value]')).toBe('$1,247'))
    expect(problems).toEqual([])
    await page.close()
  })

  it('stand on the local site, where its policy lets them', async () => {
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    await stack.campaign('telethon')
    await page.goto(`${stack.urls.site}/embed.html`)
    await eventually(async () => expect(await text(page, 'h1 [part=value]')).toBe('$0'))
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('the overlay', { timeout: 60_000 }, () => {
  it('tells a problem and its remedy as text, and goes when it is dismissed', async () => {
    const { page } = await open('element-page')
    await page.evaluate(() => {
      const { overlay } = globalThis as unknown as { overlay: { onProblem: (problem: object) => void } }
      for (const detail of ['first', '<b>second</b>'])
        overlay.onProblem({ code: 'subscription-denied', topic: 'agents/7/tasks', detail })
    })
    const panel = page.getByRole('alertdialog')
    await panel.waitFor()
    const said = await panel.textContent()
    expect(said).toContain('subscription-denied 2 times, agents/7/tasks')
    expect(said).toContain('<b>second</b>')
    expect(said).toContain('Sign in, or change the rule')
    await page.getByRole('button', { name: 'Dismiss' }).click()
    expect(await panel.count()).toBe(0)
    await page.close()
  })
})
