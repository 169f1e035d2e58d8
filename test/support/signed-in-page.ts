/** Pages of the desk in a test's browser, signed in at the local stack's issuer as a person does it. */
import type { BrowserContext, Page } from 'playwright-core'

export const patience = { timeout: 20_000 }

export interface TestPage {
  readonly page: Page
  /** Errors of the page's scripts, and what its content security policy forbade. */
  readonly problems: readonly string[]
}

/** Opens an address, and notes what goes wrong on it. */
export async function openPage(context: BrowserContext, url: string): Promise<TestPage> {
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && /content.security|refused to/i.test(message.text()))
      problems.push(message.text())
  })
  await page.goto(url)
  return { page, problems }
}

/** Opens a page of the desk, signs in by its button and picks the person; resolves before the page is live. */
export async function openAs(context: BrowserContext, url: string, person: string): Promise<TestPage> {
  const opened = await openPage(context, url)
  const { page } = opened
  await page.getByRole('button', { name: 'Sign in' }).click(patience)
  await page.getByRole('button', { name: new RegExp(`^${person}\\b`) }).click(patience)
  await page.locator('#who-name', { hasText: person }).waitFor(patience)
  return opened
}

/** Waits until the page says how it stands. */
export const status = (page: Page, state: 'live' | 'offline' | 'catching-up'): Promise<void> =>
  page.locator(`#status[data-state="${state}"]`).waitFor({ ...patience, state: 'attached' })

/** Whether the page can be scrolled sideways. */
export const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
