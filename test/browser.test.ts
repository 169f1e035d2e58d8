import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium } from '../scripts/build/chromium.ts'
import { donateSurely, testStack, type TestStack } from './support/stack.ts'

let browser: Browser
let stack: TestStack
beforeAll(async () => {
  const found = findChromium()
  if (!found || 'problem' in found) throw new Error('no Chromium: npm test installs it, or set CHROMIUM_PATH')
  browser = await chromium.launch({
    executablePath: found.path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  stack = await testStack()
  await stack.campaign('red-nose')
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await stack?.[Symbol.asyncDispose]()
})

const patience = { timeout: 20_000 }
const total = (page: Page, value: number): Promise<unknown> =>
  page.locator(`#total[data-value="${value}"]`).waitFor({ ...patience, state: 'attached' })
const status = (page: Page, state: string): Promise<void> =>
  page.locator(`#status[data-state="${state}"]`).waitFor({ ...patience, state: 'attached' })

async function open(campaign = 'red-nose'): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && /content.security|refused to/i.test(message.text()))
      problems.push(message.text())
  })
  await page.goto(`${stack.urls.site}/?campaign=${campaign}`)
  return { page, problems }
}

describe('the campaign page in Chromium', () => {
  it(
    'takes a gift by its form, shows it, loses the network, and has everything when it returns',
    { timeout: 120_000 },
    async () => {
      const { page, problems } = await open()
      await status(page, 'live')
      await total(page, 0)

      await page.fill('#amount', '25.50')
      await page.fill('#name', '<b>Jo</b> & Sam')
      await page.fill('#email', 'jo@example.org')
      await page.fill('#comment', 'Go, go!')
      await page.click('#submit')
      await total(page, 2550)
      const own = page.locator('#gifts > li.gift').first()
      await own.waitFor(patience)
      expect(await own.textContent()).toContain('<b>Jo</b> & Sam')
      expect(await own.textContent()).toContain('25.50')
      expect(await own.locator('b').count()).toBe(0)
      // The number counts up on its way there.
      await page.getByText('1', { exact: true }).and(page.locator('#donations')).waitFor(patience)

      await page.context().setOffline(true)
      for (const { clientId } of stack.iot.connections()) stack.iot.kick(clientId)
      await status(page, 'offline')
      const ids: string[] = []
      for (let index = 0; index < 40; index++) {
        const donation = {
          campaignId: 'red-nose',
          amount: { value: 100 + index, currency: 'USD' },
          donor: { name: `Donor ${index}` },
        }
        ids.push(await donateSurely(stack, donation, `elsewhere-${index}`))
      }
      await stack.idle()
      expect(await page.locator('#total').getAttribute('data-value')).toBe('2550')

      await page.context().setOffline(false)
      const { value, donations } = await stack.figures('red-nose')
      expect(donations).toBe(41)
      await total(page, value)
      await status(page, 'live')
      for (const id of ids)
        await page
          .locator(`#gifts > li.gift[data-donation-id="${id}"]`)
          .waitFor({ ...patience, state: 'attached' })
      const shown = await page
        .locator('#gifts > li.gift')
        .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-donation-id')))
      expect(new Set(shown).size).toBe(shown.length)
      const feed = await stack.feed('red-nose')
      expect(shown).toEqual(
        feed
          .map(({ entry }) => entry.value.donationId)
          .toReversed()
          .slice(0, shown.length),
      )
      expect(await page.locator('#gifts > li.gap').count()).toBe(0)
      expect(problems).toEqual([])
      await page.close()
    },
  )

  it('goes live by itself when its campaign is made', { timeout: 60_000 }, async () => {
    const { page, problems } = await open('not-yet')
    await page.locator('#missing').waitFor(patience)
    await stack.campaign('not-yet')
    await total(page, 0)
    await page.locator('#missing').waitFor({ ...patience, state: 'hidden' })
    expect(problems).toEqual([])
    await page.close()
  })

  it('names the field that a donation got wrong', { timeout: 60_000 }, async () => {
    const { page } = await open()
    await status(page, 'live')
    await page.fill('#amount', '0')
    await page.click('#submit')
    await page.locator('#amount-error:not(:empty)').waitFor(patience)
    expect(await page.locator('#amount').getAttribute('aria-invalid')).toBe('true')
    await page.close()
  })

  it(
    'can be used with the keyboard alone, at 320 pixels, without sideways scrolling',
    { timeout: 60_000 },
    async () => {
      const { page } = await open()
      await page.setViewportSize({ width: 320, height: 640 })
      await status(page, 'live')
      const before = Number(await page.locator('#total').getAttribute('data-value'))
      await page.locator('#amount').focus()
      await page.keyboard.type('5')
      await page.keyboard.press('Enter')
      await total(page, before + 500)
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      )
      expect(sideways).toBe(false)
      await page.close()
    },
  )
})
