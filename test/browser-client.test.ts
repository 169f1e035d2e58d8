/** The client in Chromium, on the real stack, where networks, tokens, tabs and processors are what they are. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from './support/chromium.ts'
import { type PageServer, startPageServer } from './support/page-server.ts'
import type { Seen } from './support/pages/client-page.ts'
import { donateSurely, eventually, testStack, type TestStack } from './support/stack.ts'
import { accountedFor } from './support/viewer.ts'

let browser: Browser
/** One that keeps pages in its back/forward cache. */
let caching: Browser | undefined
let stack: TestStack
let pages: PageServer
let context: BrowserContext
let campaign = ''
let campaigns = 0
/** Donations of the campaign. */
let given = 0

beforeAll(async () => {
  browser = await launchChromium()
  stack = await testStack()
  pages = await startPageServer({
    scripts: ['client-page', 'worker-page', 'client-worker'],
    session: { dataDir: stack.dataDir, seconds: 5, api: stack.urls.site },
  })
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await caching?.close()
  await pages?.[Symbol.asyncDispose]()
  await stack?.[Symbol.asyncDispose]()
})
beforeEach(async () => {
  campaign = `c${++campaigns}`
  given = 0
  await stack.campaign(campaign)
  context = await browser.newContext()
})
afterEach(() => context.close())

const address = (options = ''): string =>
  `${pages.url}/client-page.html?api=${encodeURIComponent(stack.urls.site)}&campaign=${campaign}${options}`

async function open(options = '', within = context): Promise<Page> {
  const page = await within.newPage()
  await page.goto(address(options))
  await live(page)
  return page
}

const seenBy = (page: Page): Promise<Seen> =>
  page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen)

const live = (page: Page): Promise<void> =>
  eventually(async () => expect((await seenBy(page)).statuses.at(-1)).toBe('live'))

async function donate(count: number): Promise<void> {
  const gifts = Array.from({ length: count }, (_, index) => ({
    campaignId: campaign,
    amount: { value: 100 + index, currency: 'USD' },
  }))
  for (let from = 0; from < count; from += 16)
    await Promise.all(
      gifts.slice(from, from + 16).map((gift) => donateSurely(stack, gift, `${campaign}-${++given}`)),
    )
}

/** The page has everything that is recorded: each donation once and in order, or in a gap it was told of. */
async function expectCurrent(page: Page): Promise<{ shown: number; gaps: number }> {
  const donations = given
  await eventually(async () => {
    const figures = await stack.figures(campaign)
    expect(figures.donations).toBe(donations)
    const { totals, items } = await seenBy(page)
    expect(totals.at(-1)).toBe(figures.value)
    expect(accountedFor(items).upTo).toBe(donations)
  }, 20_000)
  const { totals, items } = await seenBy(page)
  expect(totals).toEqual(totals.toSorted((a, b) => a - b))
  const { shown, gaps } = accountedFor(items)
  expect(shown + gaps).toBe(donations)
  const ids = items.flatMap((item) => ('donationId' in item ? [item.donationId] : []))
  expect(new Set(ids).size).toBe(ids.length)
  return { shown, gaps }
}

const kickAll = (): void => {
  for (const { clientId } of stack.iot.connections()) stack.iot.kick(clientId)
}

describe('the client in Chromium', { timeout: 90_000 }, () => {
  it('has everything after it was offline', async () => {
    const page = await open()
    await donate(5)
    await expectCurrent(page)
    await context.setOffline(true)
    kickAll()
    await eventually(async () => expect((await seenBy(page)).statuses.at(-1)).toBe('offline'))
    await donate(20)
    await context.setOffline(false)
    await live(page)
    expect(await expectCurrent(page)).toEqual({ shown: 25, gaps: 0 })
  })

  it('asks for a new session when its token expired while it was away, and shows what it missed', async () => {
    const page = await open('&short')
    await context.setOffline(true)
    kickAll()
    const sessions = pages.sessions.length
    await donate(10)
    await page.waitForTimeout(6000)
    await context.setOffline(false)
    await live(page)
    expect(pages.sessions.length).toBeGreaterThan(sessions)
    expect(await expectCurrent(page)).toEqual({ shown: 10, gaps: 0 })
  })

  it('has a successor before its token expires, and misses nothing mid-stream', async () => {
    const page = await open('&short')
    const sessions = pages.sessions.length
    const before = (await seenBy(page)).statuses.length
    while (pages.sessions.length < sessions + 2) {
      await donate(1)
      await page.waitForTimeout(200)
    }
    const { gaps } = await expectCurrent(page)
    expect(gaps).toBe(0)
    expect((await seenBy(page)).statuses.slice(before)).not.toContain('offline')
  })

  it('shares one connection between five tabs, whichever is closed', async () => {
    const tabs = [await open('&tabs')]
    for (let more = 0; more < 4; more++) tabs.push(await open('&tabs'))
    expect(stack.iot.connections()).toHaveLength(1)
    // The first leads; each time the leader goes, another tab has to take over.
    for (const leader of [...tabs].slice(0, 4)) {
      await donate(4)
      const closing = leader.close()
      tabs.shift()
      await donate(4)
      await closing
      for (const tab of tabs) expect((await expectCurrent(tab)).gaps).toBe(0)
      expect(stack.iot.connections()).toHaveLength(1)
    }
  })

  it.each(['crashes', 'freezes'] as const)('goes on in the other tabs when the leader %s', async (how) => {
    const leader = await open('&tabs')
    const others = [await open('&tabs'), await open('&tabs')]
    await donate(3)
    const session = await context.newCDPSession(leader)
    if (how === 'freezes') await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    // Nothing answers any more, the command neither.
    else void session.send('Page.crash').catch(() => {})
    await donate(3)
    for (const other of others) expect(await expectCurrent(other)).toEqual({ shown: 6, gaps: 0 })
    if (how === 'freezes') {
      await session.send('Page.setWebLifecycleState', { state: 'active' })
      await expectCurrent(leader)
    }
    expect(stack.iot.connections()).toHaveLength(1)
  })

  it('keeps up with a feed at full pace on a processor six times slower', async () => {
    const page = await open()
    const session = await context.newCDPSession(page)
    await session.send('Emulation.setCPUThrottlingRate', { rate: 6 })
    await donate(600)
    const { shown } = await expectCurrent(page)
    expect(shown).toBeGreaterThan(0)
    expect((await seenBy(page)).problems).toEqual([])
  })

  it('runs in a worker', async () => {
    const page = await context.newPage()
    await page.goto(address().replace('client-page', 'worker-page'))
    await donate(1)
    const totals = (): Promise<unknown> =>
      page.evaluate(() => (globalThis as unknown as { totals: unknown[] }).totals.at(-1))
    await eventually(async () => expect(await totals()).toBe(100))
    await donate(1)
    await eventually(async () => expect(await totals()).toBe(200))
  })

  it.each(['', '&tabs'])('is current when it comes back from the back/forward cache%s', async (options) => {
    caching ??= await launchChromium({ backForwardCache: true })
    const page = await open(options, await caching.newContext())
    await donate(3)
    await expectCurrent(page)
    await page.goto(`${pages.url}/elsewhere.html`)
    await donate(5)
    await page.goBack({ waitUntil: 'commit' })
    await live(page)
    expect((await seenBy(page)).shows.at(-1)).toBe(true)
    expect(await expectCurrent(page)).toEqual({ shown: 8, gaps: 0 })
    await page.context().close()
  })

  it('comes back when the broker was killed and started again', async () => {
    const page = await open()
    await donate(3)
    await expectCurrent(page)
    const { site, mqtt } = stack.urls
    const { dataDir } = stack
    await stack.stop()
    await eventually(async () => expect((await seenBy(page)).statuses.at(-1)).toBe('offline'))
    const ports = { httpPort: Number(new URL(site).port), iotPort: Number(new URL(mqtt).port) }
    stack = await testStack({ dataDir, ...ports })
    await donate(5)
    await live(page)
    expect(await expectCurrent(page)).toEqual({ shown: 8, gaps: 0 })
  })
})
