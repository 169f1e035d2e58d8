import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writePages } from './pages.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fanfare-pages-'))
  mkdirSync(join(folder, 'web'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const web = (name: string, text: string) => writeFileSync(join(folder, 'web', name), text)
const out = (name: string) => readFileSync(join(folder, 'out', name), 'utf8')
const write = () => writePages(join(folder, 'web'), join(folder, 'out'))

test('writes every page with what it names, its scripts bundled', async () => {
  web(
    'index.html',
    '<script type="module" src="./page.ts"></script><link rel="stylesheet" href="./style.css">',
  )
  web('style.css', 'p { margin: 0 }')
  web('page.ts', `import { word } from './word.ts'\ndocument.title = word`)
  web('word.ts', `export const word: string = 'hello'`)
  expect(await write()).toEqual(['index.html', 'page.js', 'page.js.map', 'style.css'])
  expect(out('index.html')).toContain('src="./page.js"')
  expect(out('page.js')).toContain('"hello"')
  expect(out('page.js')).not.toContain('import')
  expect(out('style.css')).toBe('p { margin: 0 }')
})

test('a page that does not build writes nothing and says why', async () => {
  web('index.html', '<script type="module" src="./page.ts"></script>')
  web('page.ts', `import './missing.ts'`)
  await expect(write()).rejects.toThrow(/missing\.ts/)
  expect(existsSync(join(folder, 'out'))).toBe(false)
})
