import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './support/chromium.ts'
import { type PageServer, startPageServer } from './support/page-server.ts'
import { staff, testStack, type TestStack } from './support/stack.ts'

const patience = { timeout: 15_000 }

let stack: TestStack
let pages: PageServer
let browser: Browser
beforeAll(async () => {
  stack = await testStack()
  pages = await startPageServer({
    scripts: ['sign-in-page'],
    html: { 'sign-in-page': `<div id="root" data-api="${stack.urls.site}"></div>` },
  })
  browser = await launchChromium()
}, 60_000)
afterAll(async () => {
  await browser.close()
  await pages[Symbol.asyncDispose]()
  await stack[Symbol.asyncDispose]()
})

const address = (): string => `${pages.url}/sign-in-page.html?view=mine#here`

/** A tab of its own, as a browser that was never here, or in the browser of `of`. */
async function open(of?: Page): Promise<Page> {
  const context = of?.context() ?? (await browser.newContext())
  const page = await context.newPage()
  await page.goto(address())
  return page
}

const shows = (page: Page, name: string, value: string): Promise<void> =>
  page.locator(`#root[data-${name}="${value}"]`).waitFor({ ...patience, state: 'attached' })

const shown = (page: Page, name: string): Promise<string | null> =>
  page.locator('#root').getAttribute(`data-${name}`)

async function signIn(page: Page, person: string): Promise<void> {
  await page.click('#sign-in')
  await page.click(`button[value="${person}"]`)
  await shows(
    page,
    'person',
    person.replace(/^./, (letter) => letter.toUpperCase()),
  )
}

describe('a page of another origin, in Chromium', () => {
  it(
    'signs a person in, who comes back to where they were, is live, and stays so over a reload',
    { timeout: 60_000 },
    async () => {
      const page = await open()
      await shows(page, 'person', 'nobody')
      await signIn(page, 'ada')
      // Nothing of the answer is left in the address, and the page's own query and hash are back.
      expect(page.url()).toBe(address())
      await shows(page, 'agent', 'ada')
      await shows(page, 'status', 'live')
      const principal = await shown(page, 'principal')
      await page.reload()
      await shows(page, 'status', 'live')
      expect(await shown(page, 'principal')).toBe(principal)
      await page.context().close()
    },
  )

  it(
    'knows each tab by its own sign-in, and the same person in two is one principal',
    { timeout: 60_000 },
    async () => {
      const [ada, ben, adaToo] = [await open(), await open(), await open()]
      await signIn(ada, 'ada')
      await signIn(ben, 'ben')
      await signIn(adaToo, 'ada')
      const other = await open(ada)
      await shows(other, 'person', 'nobody')
      await signIn(other, 'ben')
      for (const page of [ada, ben, adaToo, other]) await shows(page, 'status', 'live')
      const principals = await Promise.all([ada, ben, adaToo, other].map((page) => shown(page, 'principal')))
      expect(principals[2]).toBe(principals[0])
      expect(principals[3]).toBe(principals[1])
      expect(principals[1]).not.toBe(principals[0])
      for (const page of [ada, ben, adaToo]) await page.context().close()
    },
  )

  it(
    'says so when the person goes back without signing in, and lets them try again',
    { timeout: 60_000 },
    async () => {
      const page = await open()
      await page.click('#sign-in')
      await page.click('.cancel')
      await shows(page, 'problem', 'You were not signed in.')
      expect(page.url()).toBe(address())
      await signIn(page, 'sam')
      await page.context().close()
    },
  )

  it('takes no answer that it did not ask for', { timeout: 60_000 }, async () => {
    const page = await open()
    await page.goto(address().replace('#', '&code=stolen&state=theirs#'))
    await page.reload()
    await page.goto(address().replace('#', '&code=stolen&state=theirs#'))
    await page.locator('#root[data-problem*="another tab"]').waitFor({ ...patience, state: 'attached' })
    expect(page.url()).not.toContain('stolen')
    await page.context().close()
  })

  it('signs out', { timeout: 60_000 }, async () => {
    const page = await open()
    await signIn(page, 'lee')
    await page.click('#sign-out')
    // Through the end of the issuer's session, and back.
    await shows(page, 'person', 'nobody')
    expect(await page.evaluate(() => Object.keys(sessionStorage))).toEqual([])
    await page.context().close()
  })

  it('asks anew who was revoked, with the password once more', { timeout: 60_000 }, async () => {
    const page = await open()
    await signIn(page, 'ben')
    await shows(page, 'status', 'live')
    const principal = await shown(page, 'principal')
    await fetch(`${stack.urls.site}/principals/${principal}/sessions`, { method: 'DELETE', headers: staff })
    await shows(page, 'ended', 'yes')
    const asked = page.waitForRequest(/identity\/authorize/)
    await page.click('#sign-in')
    expect(new URL((await asked).url()).searchParams.get('prompt')).toBe('login')
    await page.click('button[value="ben"]')
    await shows(page, 'status', 'live')
    await page.context().close()
  })
})

describe('the page where one picks who to be', () => {
  it(
    'can be used with the keyboard alone, at 320 pixels, in the dark, without sideways scrolling or a word of script',
    { timeout: 60_000 },
    async () => {
      const page = await open()
      await page.setViewportSize({ width: 320, height: 640 })
      await page.emulateMedia({ colorScheme: 'dark' })
      const problems: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text())
      })
      await page.click('#sign-in-as-ben')
      await page.locator('h1').waitFor(patience)
      const { sideways, focused, paper, scripts } = await page.evaluate(() => ({
        sideways: document.documentElement.scrollWidth > document.documentElement.clientWidth,
        // Whom the page that asks hinted at comes first.
        focused: document.activeElement?.getAttribute('value'),
        paper: getComputedStyle(document.body).backgroundColor,
        scripts: document.scripts.length,
      }))
      expect({ sideways, focused, paper, scripts }).toEqual({
        sideways: false,
        focused: 'ben',
        paper: 'rgb(21, 18, 28)',
        scripts: 0,
      })
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await shows(page, 'person', 'Ada')
      expect(problems).toEqual([])
      await page.context().close()
    },
  )
})
