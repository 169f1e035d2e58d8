import { type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from './support/chromium.ts'
import { testDesk, type TestDesk } from './support/desk.ts'
import { openAs, patience, scrollsSideways, status } from './support/signed-in-page.ts'
import { eventually, staff, testStack, type TestStack } from './support/stack.ts'

const adaAdmin = '5011'
const refund = 'I gave twice by mistake, can I have a refund?'

let browser: Browser
let stack: TestStack
let desk: TestDesk
let context: BrowserContext
beforeAll(async () => {
  browser = await launchChromium()
  stack = await testStack()
  desk = await testDesk(stack.urls.site)
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await desk?.[Symbol.asyncDispose]()
  await stack?.[Symbol.asyncDispose]()
})
beforeEach(async () => {
  context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
  context.setDefaultTimeout(15_000)
})
afterEach(() => context.close())

const consoleUrl = (): string => `${stack.urls.site}/console.html`
const row = (page: Page, customer: string) => page.locator('#queue button', { hasText: customer })
const title = (page: Page) => page.locator('#conversation-title')
/** The customer's name, once that conversation is chosen and takes keys. */
async function chosen(page: Page, customer: string): Promise<void> {
  await title(page).filter({ hasText: customer }).waitFor(patience)
  // Keys that were meant for the conversation before are not taken for this one: desk/console.ts, guardMs.
  await page.waitForTimeout(400)
}
async function ask(customer: string, text = refund) {
  const conversation = desk.desk.open({ customer, text, adminId: adaAdmin })
  expect(await desk.notify(conversation.body)).toBe(200)
  return conversation
}

describe('the console in Chromium', () => {
  it(
    'shows a question with replies, takes one by one key, and every tab follows; nobody else hears of it',
    { timeout: 90_000 },
    async () => {
      const ada = await openAs(context, consoleUrl(), 'Ada')
      const tab = await openAs(context, consoleUrl(), 'Ada')
      const ben = await openAs(await browser.newContext(), consoleUrl(), 'Ben')
      for (const { page } of [ada, tab, ben]) await status(page, 'live')

      await ask('<b>Maya</b>')
      for (const { page } of [ada, tab]) await row(page, '<b>Maya</b>').waitFor(patience)
      await chosen(ada.page, '<b>Maya</b>')
      await eventually(async () => expect(await ada.page.title()).toBe('(1) Console · Fanfare'))
      expect(await ada.page.locator('#conversation b').count()).toBe(0)
      expect(await ada.page.locator('#replies .reply').first().textContent()).toMatch(/Matched .*refund/)
      expect(await ada.page.locator('#conversation-clock').textContent()).toMatch(
        /^[45]:\d\d, \d minutes left$/,
      )
      const text = await ada.page.locator('#replies .reply-text').first().textContent()

      await ada.page.keyboard.press('Enter')
      for (const { page } of [ada, tab]) {
        await row(page, 'Maya').waitFor({ ...patience, state: 'detached' })
        await page.getByText('Nothing is waiting').waitFor(patience)
        await eventually(async () => expect(await page.title()).toBe('Console · Fanfare'))
      }
      await ada.page
        .locator('#announcements', { hasText: /Used “.*” for <b>Maya<\/b>; its text is copied/ })
        .waitFor()
      await tab.page.locator('#announcements', { hasText: 'answered elsewhere' }).waitFor()
      await ada.page.bringToFront()
      expect(await ada.page.evaluate(() => navigator.clipboard.readText())).toBe(text)
      expect(await ben.page.locator('#queue button').count()).toBe(0)
      expect([...ada.problems, ...tab.problems, ...ben.problems]).toEqual([])
      await ben.page.context().close()
    },
  )

  it(
    'says that the network is gone, keeps an answer until it is back, and then has everything',
    { timeout: 90_000 },
    async () => {
      const { page, problems } = await openAs(context, consoleUrl(), 'Ada')
      await status(page, 'live')
      await ask('Noor')
      await chosen(page, 'Noor')

      await context.setOffline(true)
      for (const { clientId } of stack.iot.connections()) stack.iot.kick(clientId)
      await status(page, 'offline')
      await page.keyboard.press('d')
      await row(page, 'Noor').locator('.queue-row-note', { hasText: 'Sending…' }).waitFor(patience)
      await page.locator('#announcements', { hasText: 'not recorded yet' }).waitFor(patience)
      await ask('Olga')
      expect(await row(page, 'Olga').count()).toBe(0)

      await context.setOffline(false)
      await row(page, 'Noor').waitFor({ ...patience, state: 'detached' })
      await chosen(page, 'Olga')
      await status(page, 'live')
      await page.keyboard.press('d')
      await page.getByText('Nothing is waiting').waitFor(patience)
      expect(problems).toEqual([])
    },
  )

  it(
    'is used by the keyboard alone: walks, edits, searches, and keeps what is typed when the customer writes again',
    { timeout: 90_000 },
    async () => {
      const { page, problems } = await openAs(context, consoleUrl(), 'Ada')
      await status(page, 'live')
      const first = await ask('Pia')
      await chosen(page, 'Pia')
      await ask('Quinn', 'Where is my receipt?')
      await row(page, 'Quinn').waitFor(patience)
      expect(await title(page).textContent()).toBe('Pia')
      await page.keyboard.press('j')
      await chosen(page, 'Quinn')
      await page.keyboard.press('ArrowUp')
      await chosen(page, 'Pia')

      await page.keyboard.press('e')
      const editor = page.getByRole('textbox', { name: /^Your reply, from/ })
      await editor.waitFor(patience)
      await page.keyboard.type(' Yours, 1 Ada.')
      expect(await desk.notify(first.reply('Hello? Please refund me.'))).toBe(200)
      await page.locator('#messages', { hasText: 'Hello? Please refund me.' }).waitFor(patience)
      expect(await editor.inputValue()).toMatch(/ Yours, 1 Ada\.$/)
      await editor.press('Control+Enter')
      await row(page, 'Pia').waitFor({ ...patience, state: 'detached' })
      await chosen(page, 'Quinn')

      await page.keyboard.press('/')
      await page.keyboard.type('refund')
      await page.locator('#lookup-results .reply').first().waitFor(patience)
      expect(await page.locator('#lookup-note').textContent()).toMatch(/^\d repl(y|ies) found\.$/)
      await page.keyboard.press('Escape')
      expect(await page.locator('#lookup-results .reply').count()).toBe(0)

      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keyboard' }).waitFor(patience)
      await page.keyboard.press('d')
      await page.getByRole('checkbox', { name: 'Keys of one character' }).press('Space')
      await page.keyboard.press('Escape')
      await page.keyboard.press('d')
      // Turned off: only Enter answers.
      await page.waitForTimeout(300)
      expect(await row(page, 'Quinn').count()).toBe(1)
      await page.getByRole('button', { name: 'Keyboard' }).focus()
      await page.getByRole('button', { name: 'None fits' }).press('Enter')
      await page.getByText('Nothing is waiting').waitFor(patience)
      expect(problems).toEqual([])
    },
  )

  it('uses a reply that was found by searching, and it counts as taken', { timeout: 90_000 }, async () => {
    const zebras = JSON.stringify({ title: 'Zebras', text: 'We keep zebras.', keywords: ['zebra'] })
    await fetch(`${stack.urls.site}/replies/zebras`, { method: 'PUT', headers: staff, body: zebras })
    const { page, problems } = await openAs(context, consoleUrl(), 'Ada')
    await status(page, 'live')
    await ask('Tess', 'Where is my receipt?')
    await chosen(page, 'Tess')
    await page.keyboard.press('/')
    await page.keyboard.type('zebra')
    await page.locator('#lookup-results').getByRole('button', { name: 'Use: Zebras' }).click(patience)
    await row(page, 'Tess').waitFor({ ...patience, state: 'detached' })
    await eventually(async () => {
      const answer = await fetch(`${stack.urls.site}/replies`, { headers: staff })
      const { replies } = (await answer.json()) as { replies: { replyId: string; taken: number }[] }
      expect(replies.find(({ replyId }) => replyId === 'zebras')).toMatchObject({ taken: 1, dismissed: 0 })
    })
    expect(problems).toEqual([])
  })

  it('tells an assistive technology what is there, at 320 pixels too', { timeout: 90_000 }, async () => {
    const { page } = await openAs(context, consoleUrl(), 'Ada')
    await page.setViewportSize({ width: 320, height: 640 })
    await status(page, 'live')
    await ask('Rosa')
    await chosen(page, 'Rosa')
    expect(await scrollsSideways(page)).toBe(false)
    await page.getByRole('region', { name: /^Waiting/ }).waitFor(patience)
    await page.getByRole('region', { name: 'Rosa' }).waitFor(patience)
    await page.getByRole('search').getByRole('searchbox', { name: 'Saved replies' }).waitFor(patience)
    await page.getByRole('list', { name: 'Suggested replies' }).waitFor(patience)
    const current = page.getByRole('button', { name: /^Rosa\s*, \d minutes? left/ })
    expect(await current.getAttribute('aria-current')).toBe('true')
    const use = page.getByRole('list', { name: 'Suggested replies' }).getByRole('button', { name: /^Use: / })
    expect(await use.count()).toBeGreaterThan(0)
    expect(await page.getByRole('status').filter({ hasText: 'Live' }).count()).toBe(1)
    // Every control has a name and is large enough to touch.
    const poor = await page.getByRole('button').evaluateAll((buttons) =>
      buttons
        .filter((button) => button.checkVisibility())
        .map((button) => ({
          name: button.getAttribute('aria-label') ?? button.textContent,
          box: button.getBoundingClientRect(),
        }))
        .filter(({ name, box }) => name.trim() === '' || box.height < 24 || box.width < 24)
        .map(({ name }) => name),
    )
    expect(poor).toEqual([])
    await use.first().click()
    await page.getByText('Nothing is waiting').waitFor(patience)
  })

  it('has nothing for who is no agent, and says so', { timeout: 60_000 }, async () => {
    const { page, problems } = await openAs(context, consoleUrl(), 'Sam')
    await page.getByText('You are signed in as Sam, who is no support agent').waitFor(patience)
    expect(await page.locator('#desk').isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor(patience)
    expect(problems).toEqual([])
  })
})
