import { type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchChromium } from './support/chromium.ts'
import { signInAs } from './support/sign-in.ts'
import { openAs, openPage, patience, scrollsSideways, status } from './support/signed-in-page.ts'
import { eventually, testStack, type TestStack } from './support/stack.ts'

let browser: Browser
let stack: TestStack
let context: BrowserContext
beforeAll(async () => {
  browser = await launchChromium()
  stack = await testStack()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await stack?.[Symbol.asyncDispose]()
})
beforeEach(async () => {
  context = await browser.newContext()
  context.setDefaultTimeout(15_000)
})
afterEach(() => context.close())

const at = (page: string): string => `${stack.urls.site}/${page}.html`

/** Fills the form in; what is not given stays. */
async function write(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(fields))
    await page.locator(`#contact [name="${name}"]`).fill(text)
}

async function post(name: string): Promise<void> {
  const answer = await fetch(`${stack.urls.site}/contact`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': name },
    body: JSON.stringify({ name, email: 'x@example.org', message: 'Hello' }),
  })
  expect(answer.status).toBe(202)
}

const letter = {
  name: '<i>Jo</i> Miller',
  email: 'jo@example.org',
  about: 'A receipt',
  message: 'It did not come.\nPlease look.',
}

describe('the contact form and the staff page in Chromium', () => {
  it('what a visitor sends is on the staff page, newest first, as text', { timeout: 90_000 }, async () => {
    const staff = await openAs(context, at('contacts'), 'Sam')
    await status(staff.page, 'live')
    const visitor = await openPage(context, at('contact'))
    await write(visitor.page, letter)
    await visitor.page.getByRole('button', { name: 'Send' }).click()
    await visitor.page.getByRole('heading', { name: 'Thank you' }).waitFor(patience)
    expect(await visitor.page.locator('#thanks-text').textContent()).toContain('<i>Jo</i> Miller')

    const first = staff.page.locator('#contacts > li').first()
    await first.filter({ hasText: '<i>Jo</i> Miller' }).waitFor(patience)
    expect(await first.locator('i').count()).toBe(0)
    expect(await first.locator('.entry-text').textContent()).toBe(letter.message)
    expect(await first.getByRole('link', { name: 'jo@example.org' }).getAttribute('href')).toBe(
      'mailto:jo%40example.org?subject=Re%3A%20A%20receipt',
    )
    await staff.page
      .locator('#announcements', { hasText: 'New message from <i>Jo</i> Miller.' })
      .waitFor({ state: 'attached' })

    await visitor.page.getByRole('button', { name: 'Write another message' }).click()
    await write(visitor.page, { message: 'Found it, thank you!' })
    await visitor.page.getByRole('button', { name: 'Send' }).press('Enter')
    await first.filter({ hasText: 'Found it' }).waitFor(patience)
    expect(await staff.page.locator('#contacts > li.entry').count()).toBe(2)

    await staff.page.keyboard.press('/')
    await staff.page.keyboard.type('RECEIPT come')
    await eventually(async () =>
      expect(await staff.page.locator('#find-note').textContent()).toMatch(
        /^1 of 2 messages, 0 of 0 escalations/,
      ),
    )
    expect(await staff.page.locator('#contacts > li.entry:visible').count()).toBe(1)
    await staff.page.keyboard.press('Escape')
    expect(await staff.page.locator('#contacts > li.entry:visible').count()).toBe(2)
    expect([...staff.problems, ...visitor.problems]).toEqual([])
  })

  it('has what came while the network was away', { timeout: 90_000 }, async () => {
    const { page, problems } = await openAs(context, at('contacts'), 'Lee')
    await status(page, 'live')
    await context.setOffline(true)
    for (const { clientId } of stack.iot.connections()) stack.iot.kick(clientId)
    await status(page, 'offline')
    for (const name of ['Una', 'Vic']) await post(name)
    const { headers } = await signInAs(stack.urls.site, 'sam')
    await eventually(async () => {
      const log = await fetch(`${stack.urls.site}/events?topic=staff/contacts`, { headers })
      expect(await log.text()).toMatch(/Una[^]*Vic|Vic[^]*Una/)
    })
    expect(await page.locator('#contacts > li', { hasText: /Una|Vic/ }).count()).toBe(0)
    await context.setOffline(false)
    await status(page, 'live')
    const entries = page.locator('#contacts > li')
    await entries.filter({ hasText: 'Vic' }).waitFor(patience)
    expect((await entries.locator('.entry-name').allTextContents()).slice(0, 2).toSorted()).toEqual([
      'Una',
      'Vic',
    ])
    expect(await page.locator('#contacts > li.gap').count()).toBe(0)
    expect(problems).toEqual([])
  })

  it('is not for an agent who is no staff, and says so', { timeout: 60_000 }, async () => {
    const { page, problems } = await openAs(context, at('contacts'), 'Ben')
    await page.getByText('You are signed in as Ben, who is not staff.').waitFor(patience)
    expect(await page.locator('#feeds').isVisible()).toBe(false)
    expect(problems).toEqual([])
  })

  it(
    'the form marks what is missing, at 320 pixels, by the keyboard alone',
    { timeout: 60_000 },
    async () => {
      const { page, problems } = await openPage(context, at('contact'))
      await page.setViewportSize({ width: 320, height: 640 })
      const name = page.getByRole('textbox', { name: 'Name' })
      await name.focus()
      await page.keyboard.press('Enter')
      await page.getByText('Please tell us your name.').waitFor(patience)
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('name')
      expect(await name.getAttribute('aria-invalid')).toBe('true')
      expect(await page.getByRole('textbox', { name: 'E-mail' }).evaluate((input) => input.ariaInvalid)).toBe(
        'true',
      )
      await page.keyboard.type('Wes')
      await page.keyboard.press('Tab')
      await page.keyboard.type('not an address')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Tab')
      await page.keyboard.type('Hello')
      // The hidden field for programs is no stop on the way to the button.
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('submit')
      await page.keyboard.press('Enter')
      await page.getByText('Please check the address').waitFor(patience)
      expect(await scrollsSideways(page)).toBe(false)
      // What the browser lets pass and the service does not.
      await write(page, { email: 'wes@localhost' })
      await page.keyboard.press('Enter')
      await page.locator('#email-error', { hasText: 'This must be an e-mail address' }).waitFor(patience)
      expect(await page.locator('#message').inputValue()).toBe('Hello')
      expect(problems).toEqual([])
    },
  )

  it(
    'keeps the text when nobody answers, over a reload too, and is one message however often it is sent',
    { timeout: 90_000 },
    async () => {
      const { page, problems } = await openPage(context, at('contact'))
      const keys: (string | undefined)[] = []
      let lose = true
      await page.route('**/contact', async (route) => {
        keys.push(route.request().headers()['idempotency-key'])
        // It arrives, and its answer does not.
        const answer = await route.fetch()
        expect(answer.status()).toBe(202)
        await (lose ? route.abort('connectionreset') : route.fulfill({ response: answer }))
      })
      await write(page, { name: 'Xan', email: 'xan@example.org', message: 'Only once' })
      await page.getByRole('button', { name: 'Send' }).click()
      await page.locator('#form-answer', { hasText: 'Your text is still here' }).waitFor(patience)
      await page.reload()
      expect(await page.locator('#message').inputValue()).toBe('Only once')
      lose = false
      await page.getByRole('button', { name: 'Send' }).click()
      await page.getByRole('heading', { name: 'Thank you' }).waitFor(patience)
      expect(keys).toHaveLength(2)
      expect(new Set(keys).size).toBe(1)
      await page.reload()
      expect(await page.locator('#message').inputValue()).toBe('')

      const staff = await openAs(context, at('contacts'), 'Sam')
      await status(staff.page, 'live')
      await staff.page.locator('#contacts > li', { hasText: 'Only once' }).waitFor(patience)
      await stack.idle()
      expect(await staff.page.locator('#contacts > li', { hasText: 'Only once' }).count()).toBe(1)
      expect(problems).toEqual([])
    },
  )
})
