/**
 * `/topics`: the catalogue of the contracts as they are now. A process of its own reads them, since a module is imported
 * once and contracts are edited; it runs again when a file below `topics/` is newer.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { escapeHtml } from '../../topics/catalogue/escape-html.ts'
import type { HttpAnswer } from './event.ts'
import { pageHeaders } from './headers.ts'
import type { Pages } from './pages.ts'

/** What the page's frame has where the catalogue goes. */
const place = '<!-- catalogue -->'

/** Answers the page: the frame of web/topics.html with the catalogue in it, or with why there is none. */
export function topicsPage(root: string, pages: Pages): () => Promise<HttpAnswer> {
  let made: { readonly newest: number; readonly catalogue: Promise<string> } | undefined
  return async () => {
    const newest = newestEdit(join(root, 'topics'))
    if (made?.newest !== newest) made = { newest, catalogue: catalogue(root) }
    const frame = pages.find('/topics.html')?.body.toString('utf8') ?? place
    try {
      return answer(200, frame, await made.catalogue)
    } catch (error) {
      made = undefined
      return answer(500, frame, notice(error instanceof Error ? error.message : String(error)))
    }
  }
}

function answer(status: number, frame: string, content: string): HttpAnswer {
  return {
    status,
    headers: { ...pageHeaders, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' },
    body: Buffer.from(frame.replace(place, () => content)),
  }
}

/**
 * Ms since 1970 of the newest file; files that come and go change their folder's time. A link that leads nowhere (an
 * editor's lock) is none, nor is a file that went since it was listed.
 */
function newestEdit(folder: string): number {
  let newest = statSync(folder).mtimeMs
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })
    newest = Math.max(newest, file?.mtimeMs ?? 0)
  }
  return newest
}

function catalogue(root: string): Promise<string> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    join(root, 'command', 'main.ts'),
    'asyncapi',
    '--fragment',
  ]
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      args,
      { cwd: root, timeout: 20_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error) reject(new Error(stderr.trim() || error.message))
        else resolve(stdout)
      },
    )
  })
}

function notice(problem: string): string {
  return `<div class="intro"><h1>The contracts cannot be read</h1><p class="quiet">Mend what stands here, and reload.</p><p><code>${escapeHtml(problem)}</code></p></div>`
}
