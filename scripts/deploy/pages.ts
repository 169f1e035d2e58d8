/**
 * `node scripts/run.mjs scripts/deploy/pages.ts [FOLDER]`: writes the pages of `web/`, built as the local stack serves
 * them, for any static host. FOLDER is `dist/web` unless said; what is in it already stays, same names are replaced.
 *
 * @module
 */
import { globSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildPages } from '../../local/http/pages.ts'

/** A script that a built page names. */
const builtScript = /<script\b[^>]*\bsrc="\.?\/?([\w/-]+\.js)"/g

/** Builds `webFolder` into `outFolder` and returns the names written. Throws an Error when a page does not build. */
export async function writePages(webFolder: string, outFolder: string): Promise<readonly string[]> {
  const pages = await buildPages({ webFolder })
  try {
    if (pages.problem !== undefined) throw new Error(pages.problem)
    const names = globSync('*.{html,css,svg,png,ico,webmanifest,txt}', { cwd: webFolder })
    const scripts = names
      .filter((name) => name.endsWith('.html'))
      .flatMap((name) =>
        Array.from(String(pages.find(`/${name}`)?.body).matchAll(builtScript), ([, script = '']) => script),
      )
      .flatMap((script) => [script, `${script}.map`])
    const all = [...new Set([...names, ...scripts])].sort()
    for (const name of all) {
      const page = pages.find(`/${name}`)
      if (!page) throw new Error(`${name} was not built: is it in ${webFolder}?`)
      const file = join(outFolder, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, page.body)
    }
    return all
  } finally {
    await pages.close()
  }
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join('dist', 'web')
  const names = await writePages(join(import.meta.dirname, '..', '..', 'web'), folder)
  process.stdout.write(`${folder}: ${names.join(', ')}\n`)
}
