/** `npm run screenshots [-- NAME …]`: the pictures of docs/images, of the real pages on a real stack; NAME begins a picture's. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { startStack } from '../local/stack.ts'
import { findChromium } from './build/chromium.ts'
import { brokerPictures } from './screenshots/broker.ts'
import { camera } from './screenshots/camera.ts'
import { deskPictures } from './screenshots/desk.ts'
import { telethonPictures } from './screenshots/telethon.ts'

const found = findChromium()
if (!found || 'problem' in found) throw new Error('no Chromium: npm test installs it, or set CHROMIUM_PATH')
const dataDir = mkdtempSync(join(tmpdir(), 'fanfare-pictures-'))
const stack = await startStack({
  httpPort: 0,
  iotPort: 0,
  awsPort: 0,
  dataDir,
  // So that some conversations have been escalated by the time that the staff's page is taken.
  env: { ESCALATION_SECONDS: '120', SESSIONS_PER_MINUTE: '1000' },
})
const browser = await chromium.launch({ executablePath: found.path, args: ['--no-sandbox', '--disable-gpu'] })
try {
  const take = camera({
    browser,
    site: stack.urls.site,
    folder: fileURLToPath(new URL('../docs/images/', import.meta.url)),
    wanted: process.argv.slice(2),
  })
  await deskPictures(take, stack)
  await telethonPictures(take, stack)
  await brokerPictures(take, stack)
} finally {
  await browser.close()
  await stack.stop()
  rmSync(dataDir, { recursive: true, force: true })
}

process.exit(0)
