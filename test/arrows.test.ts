import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Which folders' code may import which, beside themselves. A domain (a folder of functions/) that is not named: `functions/*`. */
const mayImport: Record<string, readonly string[]> = {
  topics: [],
  'functions/platform': ['topics'],
  'functions/live': ['functions/platform', 'topics'],
  'functions/*': ['functions/platform', 'topics'],
  // A donation is of a campaign, and one transaction writes both.
  'functions/donations': ['functions/campaigns', 'functions/platform', 'topics'],
  client: ['topics'],
  // It knows functions by serverless.yml only; it bundles them as a deploy does.
  local: ['topics', 'scripts'],
}

/** `functions/contact` of `functions/contact/crm.ts`; the first folder of anything else. */
function partOf(file: string): string {
  const [first = '', second = ''] = file.split('/')
  return first === 'functions' ? `functions/${second}` : first
}

/** Not code that runs: tests, what only they use, and the door of the package. */
const isAside = (file: string) =>
  /\.(test|suite)\.ts$|(^|\/)(testing|suite|support|fixtures)(\/|\.ts$)/.test(file) ||
  file === 'functions/index.ts'

it('keeps the arrows: domains and live import platform, platform topics, and topics nothing of ours', async () => {
  const wrong: string[] = []
  let imports = 0
  for await (const file of glob('{topics,functions,client,local}/**/*.ts', { cwd: root })) {
    if (isAside(file)) continue
    const from = partOf(file)
    const allowed = mayImport[from] ?? mayImport['functions/*'] ?? []
    for (const [, path = ''] of readFileSync(join(root, file), 'utf8').matchAll(
      / from '(\.{1,2}\/[^']+)'/g,
    )) {
      imports += 1
      const to = partOf(normalize(join(dirname(file), path)))
      if (to !== from && !allowed.includes(to)) wrong.push(`${file} imports ${path}`)
    }
  }
  expect(wrong).toEqual([])
  // It found them at all.
  expect(imports).toBeGreaterThan(1000)
})
