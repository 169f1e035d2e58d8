/** `node scripts/run.mjs scripts/screenshots.ts`: the README's pictures, of the real page on a real stack. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectAsync } from 'mqtt'
import { chromium } from 'playwright-core'
import { startStack } from '../local/stack.ts'
import type { Session } from '../topics/contract/index.ts'
import { findChromium } from './build/chromium.ts'

const docs = fileURLToPath(new URL('../docs/', import.meta.url))
const replayProgram = fileURLToPath(new URL('replay.ts', import.meta.url))
const found = findChromium()
if (!found || 'problem' in found) throw new Error('no Chromium: npm test installs it, or set CHROMIUM_PATH')
const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-pictures-'))
const stack = await startStack({ httpPort: 0, iotPort: 0, awsPort: 0, dataDir })
const browser = await chromium.launch({ executablePath: found.path, args: ['--no-sandbox', '--disable-gpu'] })
try {
  const replay = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      replayProgram,
      '--speed',
      'max',
      '--in-flight',
      '2',
      '--limit',
      '1500',
      '--url',
      stack.urls.site,
    ],
    { stdio: 'ignore' },
  )
  await new Promise((resolve) => replay.once('exit', resolve))
  const pages = [
    { name: 'campaign-page', width: 1280, height: 800, colorScheme: 'light' },
    { name: 'campaign-page-narrow-dark', width: 390, height: 800, colorScheme: 'dark' },
  ] as const
  for (const { name, width, height, colorScheme } of pages) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme })
    await page.goto(stack.urls.site)
    await page.locator('#status[data-state="live"]').waitFor()
    await page.locator('#gifts > li').first().waitFor()
    const names = [
      ['Ada', 'For the doctors. Keep going!', 5000],
      ['The night shift at St Mary’s', 'You kept us awake, so it is only fair.', 12_000],
      ['Jo & Sam', undefined, 2500],
    ] as const
    for (const [donor, comment, value] of names) {
      await fetch(`${stack.urls.site}/donations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `${name}-${donor.length}` },
        body: JSON.stringify({
          campaignId: 'telethon',
          amount: { value, currency: 'USD' },
          donor: { name: donor },
          comment,
        }),
      })
      await new Promise((resolve) => setTimeout(resolve, 1500))
    }
    await page.screenshot({ path: join(docs, `${name}.png`) })
    await page.close()
  }
  const page = await browser.newPage({
    viewport: { width: 1280, height: 980 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  })
  await page.goto(`${stack.urls.site}/topics#campaignTotal`)
  await page.locator('#campaignTotal summary').click()
  await page.locator('#campaignTotal form.tail button').click()
  await page.locator('#campaignTotal .tail-rows li').first().waitFor()
  await page.screenshot({ path: join(docs, 'topics-page.png') })

  await subscribeToTooMuch()
  const broker = await browser.newPage({ viewport: { width: 1280, height: 980 }, colorScheme: 'light' })
  await broker.goto(new URL('/_fanfare/iot', stack.urls.mqtt.replace(/^ws/, 'http')).href)
  await broker.getByText('campaigns/#').first().waitFor()
  await broker.screenshot({ path: join(docs, 'iot-page.png') })
  await broker.close()
  await page.close()
} finally {
  await browser.close()
  await stack.stop()
  rmSync(dataDir, { recursive: true, force: true })
}

/** A visitor who asks for every campaign at once: what a denial looks like. */
async function subscribeToTooMuch(): Promise<void> {
  const answer = await fetch(`${stack.urls.site}/session`, { method: 'POST' })
  const { endpoint, authorizer, tokenKey, token, signature, clientIds } = (await answer.json()) as Session
  const query = new URLSearchParams({
    'x-amz-customauthorizer-name': authorizer,
    'x-amz-customauthorizer-signature': signature,
    [tokenKey]: token,
  })
  const client = await connectAsync(`${endpoint}?${query.toString()}`, {
    protocolVersion: 5,
    clientId: clientIds[0],
    reconnectPeriod: 0,
  })
  await client.subscribeAsync('campaigns/#').catch(() => {
    // It is denied: that is the picture.
  })
  await client.endAsync(true)
}

process.exit(0)
