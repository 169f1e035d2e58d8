import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { topicsPage } from './topics-page.ts'

const root = join(import.meta.dirname, '..', '..')
let copy: string | undefined
afterEach(() => {
  if (copy) rmSync(copy, { recursive: true, force: true })
})

it('/topics follows an edit of the contracts, and says what is wrong with a broken one', async () => {
  copy = mkdtempSync(join(tmpdir(), 'fanfare-topics-'))
  mkdirSync(join(copy, 'web'))
  for (const folder of ['topics', 'command'])
    cpSync(join(root, folder), join(copy, folder), { recursive: true })
  for (const file of ['package.json']) cpSync(join(root, file), join(copy, file))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const frame = Buffer.from('<main><!-- catalogue --></main>')
  const page = topicsPage(copy, {
    find: () => ({ contentType: 'text/html', body: frame, etag: '' }),
    problem: undefined,
    close: () => Promise.resolve(),
  })
  const text = async (): Promise<[number, string]> => {
    const { status, body } = await page()
    return [status, body.toString('utf8')]
  }
  const edit = (name: string, content: string, seconds: number): void => {
    const file = join(copy ?? '', 'topics', name)
    writeFileSync(file, content)
    utimesSync(file, seconds, seconds)
  }
  expect(await text()).toEqual([200, expect.stringContaining('id="campaignTotal"')])
  const later = Date.now() / 1000 + 60
  const contract = (rest: string): string =>
    `import * as v from 'valibot'\nimport { anyone, state } from './contract/index.ts'\nexport const brandNew = state({ topic: 'brand/new', payload: v.boolean(), subscribe: anyone${rest} })\n`
  edit('brand-new.ts', contract(''), later)
  expect(await text()).toEqual([200, expect.stringContaining('id="brandNew"')])
  edit('brand-new.ts', contract(', maxBytes: 5'), later + 1)
  expect(await text()).toEqual([500, expect.stringMatching(/brand-new\.ts:3.*brand\/new: maxBytes is 5/)])
  symlinkSync('ada@example.org.1234', join(copy, 'topics', '.#brand-new.ts'))
  edit('brand-new.ts', `console.log('<script>'); ${contract('')}`, later + 2)
  const [status, body] = await text()
  expect([status, body]).toEqual([200, expect.stringContaining('id="brandNew"')])
  expect(body).not.toContain('<script>')
})
