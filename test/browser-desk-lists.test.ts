import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './support/chromium.ts'
import { type PageServer, startPageServer } from './support/page-server.ts'
import { patience, scrollsSideways } from './support/signed-in-page.ts'
import { eventually } from './support/stack.ts'

const web = join(import.meta.dirname, '../web')
const style = (...names: readonly string[]): string =>
  `<style>${names.map((name) => readFileSync(join(web, `${name}.css`), 'utf8')).join('\n')}</style>`

/** A page's own body, with its styles. */
function bodyOf(page: string, ...styles: readonly string[]): string {
  const html = readFileSync(join(web, `${page}.html`), 'utf8')
  const body = /<body class="([^"]*)">([^]*)<\/body>/.exec(html)
  if (!body) throw new Error(`${page}.html has no body`)
  return `<meta name="viewport" content="width=device-width">${style(...styles)}<body class="${body[1]}">${body[2]}`
}

let browser: Browser
let server: PageServer
beforeAll(async () => {
  browser = await launchChromium()
  server = await startPageServer({
    scripts: ['console-page', 'contacts-page'],
    html: {
      'console-page': bodyOf('console', 'style', 'desk', 'console'),
      'contacts-page': bodyOf('contacts', 'style', 'desk', 'contacts'),
    },
  })
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

async function open(name: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  page.setDefaultTimeout(15_000)
  await page.goto(`${server.url}/${name}.html`)
  await page.locator('#status[data-state="live"]').waitFor(patience)
  return page
}

/** Adds up the layout shifts from now on: Chromium's `layout-shift`, those after a key or click left out. */
async function countShifts(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    Object.assign(globalThis, { shifts: 0 })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const shift = entry as PerformanceEntry & { value: number; hadRecentInput: boolean }
        if (!shift.hadRecentInput)
          Object.assign(globalThis, { shifts: (globalThis as never)['shifts'] + shift.value })
      }
    }).observe({ type: 'layout-shift' })
  })
  return () => page.evaluate(() => (globalThis as unknown as { shifts: number }).shifts)
}

describe('the lists of the desk, on the service in memory', () => {
  it(
    'the queue has 200 rows at the most, moves nothing that one looks at, and says how many more there are',
    { timeout: 60_000 },
    async () => {
      const page = await open('console-page')
      await page.locator('#queue li').nth(3).waitFor()
      const shifts = await countShifts(page)
      await page.evaluate(() => {
        const desk = globalThis as unknown as { push(customer: string, text: string, minutes: number): void }
        for (let index = 0; index < 300; index++)
          desk.push(`Customer ${index}`, 'Was it counted?', 20 + index)
      })
      await page.locator('#queue-note', { hasText: 'and 104 more' }).waitFor()
      expect(await page.locator('#queue li').count()).toBe(200)
      expect(await page.locator('#conversation-title').textContent()).toBe('Jo Miller')
      expect(await page.title()).toBe('(304) Console · Fanfare')
      // One sentence, not three hundred.
      await page.locator('#announcements', { hasText: /^\d+ new conversations\.$/ }).waitFor()
      expect(await shifts()).toBeLessThan(0.01)
      await page.close()
    },
  )

  it('an answer that was refused comes back with the reason', { timeout: 60_000 }, async () => {
    const page = await open('console-page')
    await page.locator('#conversation-title', { hasText: 'Jo Miller' }).waitFor()
    await page.evaluate(() => (globalThis as unknown as { fail(status: number): void }).fail(400))
    await page.waitForTimeout(400)
    await page.setViewportSize({ width: 1000, height: 700 })
    await page.keyboard.press('2')
    await page.locator('#announcements', { hasText: 'Next: Sam & Alex.' }).waitFor()
    expect(await scrollsSideways(page)).toBe(false)
    await page.locator('#conversation-title', { hasText: 'Sam & Alex' }).waitFor()
    const row = page.locator('#queue button', { hasText: 'Jo Miller' })
    await row.filter({ hasText: 'Not taken: look again' }).waitFor()
    await row.click()
    await page
      .getByRole('alert')
      .filter({ hasText: 'Your answer was not taken: status 400 of the test.' })
      .waitFor()
    await page.close()
  })

  it(
    'a staff list has 200 rows at the most, reads older ones when asked, and tells of a gap',
    { timeout: 60_000 },
    async () => {
      const page = await open('contacts-page')
      const entries = page.locator('#contacts > li.entry')
      await eventually(async () => expect(await entries.count()).toBe(50))
      await page.getByRole('button', { name: 'Show older messages' }).click()
      await eventually(async () => expect(await entries.count()).toBe(63))
      expect(await page.getByRole('button', { name: 'Show older messages' }).isVisible()).toBe(false)
      await page.evaluate(() => (globalThis as unknown as { many(count: number): void }).many(400))
      await page.locator('#contacts', { hasText: 'Writer 399' }).waitFor()
      expect(await entries.count()).toBe(200)
      expect(await entries.first().textContent()).toContain('Writer 399')

      await page.evaluate(() => (globalThis as unknown as { miss(): void }).miss())
      await page
        .locator('#contacts > li.gap', { hasText: /^\d+ messages from earlier are no longer kept$/ })
        .waitFor()
      await page.close()
    },
  )
})
