import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const pages = ['*.md', 'docs/*.md', 'local/*.md'].flatMap((pattern) => globSync(pattern, { cwd: root }))
const sources = globSync('{topics,functions,client,local,web,test,scripts,bench}/**/*.ts', { cwd: root })
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

it.each(pages)('%s links to files that are there', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, link = '']) => link)
  expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
})

it('comments name pages that are there, and sections that they have', () => {
  const missing = sources.flatMap((file) =>
    [...read(file).matchAll(/(?<=[\s(])(docs\/[\w-]+\.md)(?: §(\d+(?:\.\d+|[a-z])?))?/g)]
      .filter(([, page = '', section]) => {
        if (!existsSync(join(root, page))) return true
        return (
          section !== undefined && !new RegExp(`^(?:## |- \\*\\*|\\| )${section}\\b`, 'm').test(read(page))
        )
      })
      .map(([reference]) => `${file}: ${reference}`),
  )
  expect(missing).toEqual([])
})

it('every npm command that a page names is there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/`npm run ([\w:-]+)/g)].map(([, name = '']) => `${page}: ${name}`),
  )
  expect(named.filter((each) => !Object.hasOwn(scripts, each.split(': ')[1] ?? ''))).toEqual([])
})
