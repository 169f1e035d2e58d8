/** The telethon's page, and the catalogue of topics. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import type { LocalStack } from '../../local/stack.ts'
import type { Camera } from './camera.ts'

const replayProgram = fileURLToPath(new URL('../replay.ts', import.meta.url))

const gifts = [
  ['Ada', 'For the doctors. Keep going!', 5000],
  ['The night shift at St Mary’s', 'You kept us awake, so it is only fair.', 12_000],
  ['Jo & Sam', undefined, 2500],
] as const

/** Takes them, with some of a real telethon's donations. */
export async function telethonPictures(take: Camera, stack: LocalStack): Promise<void> {
  if (!take.wants('campaign-page', 'campaign-page-narrow-dark', 'topics-page')) return
  const { site } = stack.urls
  await replay(site)
  const give = async (page: Page, run: string): Promise<void> => {
    await page.locator('#status[data-state="live"]').waitFor()
    await page.locator('#gifts > li').first().waitFor()
    for (const [name, comment, value] of gifts) {
      await fetch(`${site}/donations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `${run}-${name.length}` },
        body: JSON.stringify({
          campaignId: 'telethon',
          amount: { value, currency: 'USD' },
          donor: { name },
          comment,
        }),
      })
      await page.locator('#gifts .gift-name', { hasText: name }).first().waitFor()
    }
    // The total counts up.
    await page.waitForTimeout(1500)
  }
  const url = '/'
  await take({ name: 'campaign-page', url, width: 1280, height: 800, prepare: (page) => give(page, 'wide') })
  await take({
    name: 'campaign-page-narrow-dark',
    url,
    width: 390,
    height: 800,
    colorScheme: 'dark',
    prepare: (page) => give(page, 'narrow'),
  })
  await take({
    name: 'topics-page',
    url: '/topics#campaignTotal',
    width: 1280,
    height: 980,
    async prepare(page) {
      await page.emulateMedia({ reducedMotion: 'reduce' })
      await page.locator('#campaignTotal summary').click()
      await page.locator('#campaignTotal form.tail button').click()
      await page.locator('#campaignTotal .tail-rows li').first().waitFor()
    },
  })
}

async function replay(site: string): Promise<void> {
  const flags = ['--speed', 'max', '--in-flight', '2', '--limit', '1500', '--url', site]
  const program = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', replayProgram, ...flags],
    { stdio: 'ignore' },
  )
  await new Promise((resolve) => program.once('exit', resolve))
}
