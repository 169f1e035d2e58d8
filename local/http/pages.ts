/**
 * The pages of `web/`: HTML and what it names, scripts bundled by esbuild, kept in memory and made anew on an edit.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, watch } from 'node:fs'
import { extname, join } from 'node:path'
import { type BuildContext, context } from 'esbuild'

export interface Page {
  readonly contentType: string
  readonly body: Buffer
  readonly etag: string
}

export interface Pages {
  /** What stands at a path such as `/`, `/campaign.js`, `/style.css`. */
  find(path: string): Page | undefined
  /** Why the last build failed, for the terminal. */
  readonly problem: string | undefined
  close(): Promise<void>
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
}

const scriptTag = /<script\b[^>]*\bsrc="\.?\/?([\w/-]+)\.ts"/g

/**
 * The address of a source that a page names is the address of what it becomes: `./campaign.ts` is served as
 * `/campaign.js`. With `watchEdits`, an edit below `folders` rebuilds.
 */
export async function buildPages(options: {
  readonly webFolder: string
  /** Folders whose edits rebuild the pages; none when absent. */
  readonly watchFolders?: readonly string[]
  onProblem?(problem: string): void
}): Promise<Pages> {
  const { webFolder } = options
  let files = new Map<string, Page>()
  let problem: string | undefined
  let bundler: { entries: string; context: BuildContext } | undefined

  const bundle = async (entries: readonly string[]): Promise<Map<string, Page>> => {
    const made = new Map<string, Page>()
    if (entries.length === 0) return made
    const key = entries.join('\n')
    if (bundler?.entries !== key) {
      await bundler?.context.dispose()
      bundler = {
        entries: key,
        context: await context({
          entryPoints: entries.map((entry) => join(webFolder, `${entry}.ts`)),
          outdir: webFolder,
          outbase: webFolder,
          bundle: true,
          minify: true,
          format: 'esm',
          target: ['chrome120', 'firefox121', 'safari17'],
          sourcemap: 'linked',
          write: false,
          logLevel: 'silent',
        }),
      }
    }
    const result = await bundler.context.rebuild()
    for (const file of result.outputFiles ?? []) {
      made.set(
        `/${file.path.slice(webFolder.length + 1)}`,
        page(extname(file.path), Buffer.from(file.contents)),
      )
    }
    return made
  }

  const build = async (): Promise<void> => {
    try {
      const next = new Map<string, Page>()
      const entries = new Set<string>()
      for (const name of readdirSync(webFolder)) {
        const type = extname(name)
        if (!(type in contentTypes)) continue
        let body = readFileSync(join(webFolder, name))
        if (type === '.html') {
          const text = body.toString('utf8')
          for (const [, script] of text.matchAll(scriptTag)) if (script) entries.add(script)
          body = Buffer.from(text.replaceAll(scriptTag, (tag) => tag.replace('.ts"', '.js"')))
        }
        next.set(`/${name}`, page(type, body))
      }
      for (const [path, script] of await bundle([...entries].toSorted())) next.set(path, script)
      const index = next.get('/index.html')
      if (index) next.set('/', index)
      files = next
      problem = undefined
    } catch (error) {
      // The last good build goes on being served; the terminal says what is wrong.
      problem = error instanceof Error ? error.message : String(error)
      options.onProblem?.(problem)
    }
  }
  await build()

  let rebuild: NodeJS.Timeout | undefined
  let building: Promise<void> = Promise.resolve()
  const watchers = (options.watchFolders ?? []).map((folder) =>
    watch(folder, { recursive: true }, () => {
      clearTimeout(rebuild)
      rebuild = setTimeout(() => {
        building = building.then(build)
      }, 50)
    }),
  )
  return {
    find: (path) => files.get(path),
    get problem() {
      return problem
    },
    async close() {
      for (const watcher of watchers) watcher.close()
      clearTimeout(rebuild)
      await building
      await bundler?.context.dispose()
    },
  }
}

function page(type: string, body: Buffer): Page {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { contentType: contentTypes[type] ?? 'application/octet-stream', body, etag }
}
