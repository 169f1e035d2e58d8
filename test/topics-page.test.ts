import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium } from '../scripts/build/chromium.ts'
import { donateSurely, eventually, testStack, type TestStack } from './support/stack.ts'

let browser: Browser
let stack: TestStack
beforeAll(async () => {
  const found = findChromium()
  if (!found || 'problem' in found) throw new Error('no Chromium: npm test installs it, or set CHROMIUM_PATH')
  browser = await chromium.launch({
    executablePath: found.path,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  })
  stack = await testStack()
  await stack.campaign('red-nose')
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await stack?.[Symbol.asyncDispose]()
})

const patience = { timeout: 20_000 }
const give = (value: number, comment: string): Promise<string> =>
  donateSurely(
    stack,
    { campaignId: 'red-nose', amount: { value, currency: 'USD' }, comment },
    `gift-${value}`,
  )

async function open(width = 1280): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 900 } })
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  await page.goto(`${stack.urls.site}/topics`)
  return { page, problems }
}

describe('/topics in Chromium', () => {
  it(
    'shows every contract with its promise, its cost and an example, and hears a topic live',
    { timeout: 60_000 },
    async () => {
      const { page, problems } = await open()
      const total = page.locator('#campaignTotal')
      expect(await page.locator('article.topic').count()).toBeGreaterThanOrEqual(2)
      expect(await total.textContent()).toMatch(/latest value wins[\s\S]*\$[\d.,]+ a month in eu-west-1/)
      expect(JSON.parse((await total.locator('pre').textContent()) ?? '')).toMatchObject({
        specversion: '1.0',
      })

      const feed = page.locator('#campaignDonations form.tail')
      await feed.locator('input').fill('red-nose')
      await feed.locator('button').click()
      await feed.getByText('Listening').waitFor(patience)
      await give(1234, '<img src=x onerror=alert(1)>')
      const row = feed.locator('li', { hasText: '1234' })
      await row.waitFor(patience)
      expect(await row.textContent()).toContain('<img src=x onerror=alert(1)>')
      expect(await page.locator('img').count()).toBe(0)

      // No more rows than one looks at, however much comes.
      await Promise.all(Array.from({ length: 60 }, (_, index) => give(100 + index, 'many')))
      await eventually(async () => expect(await feed.locator('li', { hasText: 'many' }).count()).toBe(20))
      expect(await feed.locator('li').count()).toBe(20)

      await feed.getByRole('button', { name: 'Stop' }).click()
      await feed.getByText('Stopped.').waitFor(patience)
      expect(problems).toEqual([])
      await page.close()
    },
  )

  it(
    'can be used with the keyboard alone, at 320 pixels, without sideways scrolling',
    { timeout: 60_000 },
    async () => {
      const { page, problems } = await open(320)
      const form = page.locator('#campaignTotal form.tail')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      expect(new URL(page.url()).hash).toBe('#topics')
      await form.locator('input').focus()
      await page.keyboard.press('Control+A')
      await page.keyboard.type('red-nose')
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Listen')
      await page.keyboard.press('Enter')
      await form.locator('li', { hasText: 'red-nose' }).waitFor(patience)
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      )
      expect(sideways).toBe(false)
      expect(problems).toEqual([])
      await page.close()
    },
  )

  it('refuses a parameter that fits no topic, by the browser’s own word', { timeout: 60_000 }, async () => {
    const { page, problems } = await open()
    const form = page.locator('#campaignTotal form.tail')
    await form.locator('input').fill('a/b')
    await form.locator('button').click()
    expect(
      await form.locator('input').evaluate((input: HTMLInputElement) => input.validity.patternMismatch),
    ).toBe(true)
    expect(await form.getAttribute('data-listening')).toBeNull()
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('/topics', () => {
  it('is a page of this machine alone: no cache, and the content policy of the site', async () => {
    const answer = await fetch(`${stack.urls.site}/topics`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-cache')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(await answer.text()).not.toContain('<!-- catalogue -->')
  })
})
