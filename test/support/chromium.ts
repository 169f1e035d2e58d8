import { type Browser, chromium } from 'playwright-core'
import { findChromium } from '../../scripts/build/chromium.ts'

/** Chromium as every test drives it. `backForwardCache`: with that cache, which Playwright turns off by itself. */
export async function launchChromium({ backForwardCache = false } = {}): Promise<Browser> {
  const found = findChromium()
  if (!found || 'problem' in found) throw new Error('no Chromium: npm test installs it, or set CHROMIUM_PATH')
  return chromium.launch({
    executablePath: found.path,
    ...(backForwardCache && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
