/**
 * `npm run bench -- first-value`: from the start of a page's script to the current value on the page, over a line with
 * the round trip of 3G, beside mqtt.js doing the same. Without TLS, which costs both the same, and without the time that
 * the script itself takes to arrive; its size stands beside.
 *
 * @module
 */
import { join } from 'node:path'
import { launchChromium } from '../test/support/chromium.ts'
import { startPageServer } from '../test/support/page-server.ts'
import { testStack } from '../test/support/stack.ts'
import type { Noted } from './pages/noted.ts'
import { slowLine } from './support/slow-line.ts'

/** Chrome's and WebPageTest's 3G: 300 ms there and back. */
const roundTripMs = 300
const runs = 7
const campaignId = 'red-nose'

export async function benchFirstValue(say: (line: string) => void): Promise<void> {
  await using stack = await testStack()
  await stack.campaign(campaignId)
  await stack.donate({ campaignId, amount: { value: 2500, currency: 'USD' } }, 'first')
  await stack.idle()
  await using http = await slowLine(Number(new URL(stack.urls.site).port), roundTripMs)
  await using iot = await slowLine(Number(new URL(stack.urls.mqtt).port), roundTripMs)
  const scripts = ['first-value-fanfare', 'first-value-mqtt-js']
  await using pages = await startPageServer({ scripts, folder: join(import.meta.dirname, 'pages') })
  const browser = await launchChromium()
  try {
    const api = encodeURIComponent(`http://localhost:${http.port}`)
    const results = new Map(
      scripts.map((script) => [script, [] as { ms: number; http: number; webSockets: number }[]]),
    )
    for (let run = 0; run < runs; run++) {
      for (const script of scripts) {
        // Nothing is kept from the page before.
        const context = await browser.newContext()
        const page = await context.newPage()
        http.connections()
        iot.connections()
        await page.goto(`${pages.url}/${script}.html?api=${api}&campaign=${campaignId}&iot=${iot.port}`)
        await page.waitForFunction(() => (globalThis as unknown as { noted: Noted }).noted.ms !== undefined)
        const { ms, value } = await page.evaluate(() => (globalThis as unknown as { noted: Noted }).noted)
        if (value !== 2500) throw new Error(`${script} shows ${value}, and 2500 is recorded`)
        results.get(script)?.push({ ms: ms ?? 0, http: http.connections(), webSockets: iot.connections() })
        await context.close()
      }
    }
    say(`round trip ${roundTripMs} ms, ${runs} loads each; median (fastest to slowest)`)
    for (const [script, loads] of results) {
      const ms = loads.map((load) => load.ms).sort((a, b) => a - b)
      const most = (of: 'http' | 'webSockets'): number => Math.max(...loads.map((load) => load[of]))
      const times = `${whole(ms[Math.floor(runs / 2)])} ms (${whole(ms[0])} to ${whole(ms.at(-1))})`
      const setUps = `${most('http')} HTTP and ${most('webSockets')} WebSocket set-up at most`
      say(
        `  ${script.replace('first-value-', '').padEnd(8)} ${times}, ${setUps}, script ${pages.bytes(script)} bytes`,
      )
    }
  } finally {
    await browser.close()
  }
}

const whole = (ms: number | undefined): string => Math.round(ms ?? 0).toLocaleString('en')
