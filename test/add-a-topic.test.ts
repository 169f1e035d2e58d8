/**
 * A live topic is one file, one write and one line in a page: in a copy of the project that has these and no other
 * edit, the page shows in a browser what the function wrote.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findChromium } from '../scripts/build/chromium.ts'
import { staff } from './support/stack.ts'

const project = join(import.meta.dirname, '..')

/** What `npm start` reads. */
const parts = ['topics', 'functions', 'client', 'web', 'local', 'scripts', 'data', 'serverless.yml']
const settings = ['package.json', 'tsconfig.json']

let folder: string
let running: ChildProcess | undefined
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fanfare-add-a-topic-'))
  for (const name of [...parts, ...settings]) {
    cpSync(join(project, name), join(folder, name), { recursive: true })
  }
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'))
})
afterAll(async () => {
  if (running && running.exitCode === null) {
    const ended = new Promise((resolve) => running?.once('exit', resolve))
    running.kill('SIGTERM')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
})

it('takes one file, one write and one line in the page', { timeout: 90_000 }, async () => {
  // One file in topics/.
  writeFileSync(
    join(folder, 'topics', 'campaign-mood.ts'),
    `import * as v from 'valibot'
import { anyone, state } from './contract/index.ts'

/** How a campaign feels, in a word. Written by functions/campaigns/put. */
export const campaignMood = state({
  topic: 'campaigns/{campaignId}/mood',
  payload: v.object({ word: v.string() }),
  subscribe: anyone,
})
`,
  )
  // One write in a function.
  edit('functions/campaigns/put.handler.ts', {
    imports: `import { campaignMood } from '../../topics/campaign-mood.ts'
import { live } from '../platform/live.ts'`,
    before: 'return jsonAnswer(created',
    line: `await live.set(campaignMood, { campaignId: campaign.campaignId }, { word: created ? 'hopeful' : 'thrilled' })`,
  })
  // One line in a page.
  edit('web/campaign.ts', {
    imports: `import { campaignMood } from '../topics/campaign-mood.ts'`,
    before: 'client.feed(campaignDonations',
    line: `client.state(campaignMood, { campaignId }, { onValue: ({ word }) => { document.documentElement.dataset['mood'] = word } })`,
  })

  const site = await start()
  const found = findChromium()
  if (!found || 'problem' in found) throw new Error('no Chromium: npm test installs it, or set CHROMIUM_PATH')
  await using browser = await chromium.launch({
    executablePath: found.path,
    args: ['--no-sandbox', '--disable-gpu'],
  })
  const page = await browser.newPage()
  const shows = (mood: string) =>
    page.locator(`html[data-mood="${mood}"]`).waitFor({ timeout: 20_000, state: 'attached' })

  await putCampaign(site)
  await page.goto(`${site}/?campaign=red-nose`)
  // What was written before the page came, …
  await shows('hopeful')
  await putCampaign(site)
  // … and what is written while it is open.
  await shows('thrilled')
  expect(readFileSync(join(folder, 'topics', 'registry.ts'), 'utf8')).toContain('campaignMood')
})

function edit(
  file: string,
  { imports, before, line }: { readonly imports: string; readonly before: string; readonly line: string },
): void {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  const at = text.indexOf(before)
  if (at < 0)
    throw new Error(`${file} has no ${JSON.stringify(before)} any more: say here where the line goes`)
  const changed = `${text.slice(0, at)}${line}\n${text.slice(at)}`
  const first = changed.indexOf('import ')
  writeFileSync(path, `${changed.slice(0, first)}${imports}\n${changed.slice(first)}`)
}

/** `npm start` on free ports. Answers the site's address. */
async function start(): Promise<string> {
  const [PORT, IOT_PORT, AWS_PORT] = await Promise.all([freePort(), freePort(), freePort()])
  running = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'local/start.ts'], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      PORT: String(PORT),
      IOT_PORT: String(IOT_PORT),
      AWS_PORT: String(AWS_PORT),
      FANFARE_DATA: join(folder, 'run'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer): void => {
      said += chunk.toString()
      if (said.includes('Fanfare is up')) resolve(`http://localhost:${PORT}`)
    }
    running?.stdout?.on('data', listen)
    running?.stderr?.on('data', listen)
    running?.once('exit', (code) => reject(new Error(`npm start ended with ${code}: ${said}`)))
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function putCampaign(site: string): Promise<void> {
  const body = JSON.stringify({ name: 'Red Nose', currency: 'USD' })
  const answer = await fetch(`${site}/campaigns/red-nose`, { method: 'PUT', headers: staff, body })
  expect([answer.status, await answer.text()]).toEqual([expect.toBeOneOf([200, 201]), expect.any(String)])
}
