import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type IotCore, startIotCore } from '../local/iot/index.ts'
import { connectWire, type WireClient } from '../local/iot/testing/wire-client.ts'
import { launchChromium } from './support/chromium.ts'

const hostile = '"><img src=x onerror="document.title=1"><script>document.title=1</script>'

let browser: Browser
let iot: IotCore
let client: WireClient
let page: Page
let problems: string[]

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

beforeEach(async () => {
  iot = await startIotCore({ anonymous: true })
  client = await connectWire(iot.url, 5, { clientId: hostile })
  client.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: `a/${hostile}`, qos: 0 }] })
  await client.next()
  iot.publish(`a/${hostile}`, Buffer.from(hostile), { retain: true })
  page = await browser.newPage({
    viewport: { width: 360, height: 700 },
    colorScheme: 'dark',
    reducedMotion: 'reduce',
  })
  problems = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  await page.goto(iot.url.replace('ws:', 'http:').replace('/mqtt', '/_fanfare/iot'))
  await page.locator('#status[data-state="live"]').waitFor()
})
afterEach(async () => {
  await page.close()
  await iot.close()
})

const rows = (section: string) => page.locator(`#${section} tbody tr`)

it('shows what a client chose to be called as text, and runs none of it', async () => {
  expect(await rows('connections').allTextContents()).toEqual([expect.stringContaining(hostile)])
  expect(await rows('subscriptions').allTextContents()).toEqual([expect.stringContaining(`a/${hostile}`)])
  expect(await rows('retained').allTextContents()).toEqual([expect.stringContaining(hostile)])
  expect(await page.title()).toBe('IoT Core on this machine')
  expect(await page.locator('img').count()).toBe(0)
  expect(problems).toEqual([])
})

it('is live, keeps a row while it changes, and pauses by keyboard', async () => {
  const row = await rows('connections').first().elementHandle()
  const other = await connectWire(iot.url, 5, { clientId: 'other' })
  await rows('connections').nth(1).waitFor()
  expect(await row?.evaluate((node) => node.isConnected)).toBe(true)
  await page.locator('#find').fill('other')
  await expect.poll(() => rows('connections').count()).toBe(1)
  await page.locator('#pause').focus()
  await page.keyboard.press('Enter')
  await page.locator('#status[data-state="paused"]').waitFor()
  await other.close()
  await page.keyboard.press('Enter')
  await page.locator('#status[data-state="live"]').waitFor()
  await expect.poll(() => rows('connections').count()).toBe(0)
  expect(problems).toEqual([])
})

it('fits a narrow window, and its tables can be scrolled by keyboard', async () => {
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  expect(await page.locator('.scroll:not([tabindex="0"])').count()).toBe(0)
  expect(await page.locator('th:not([scope])').count()).toBe(0)
})

it('says so when the broker is gone', async () => {
  await iot.close()
  await page.locator('#status[data-state="lost"]').waitFor()
  iot = await startIotCore()
})
