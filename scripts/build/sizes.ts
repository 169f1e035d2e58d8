/**
 * What pages download, minified and gzipped as a server would send it: measured by `npm run check`, which fails when one is
 * over its limit. The client and its element are bundled by rolldown, as Vite and the package's own script have them, the
 * telethon page by esbuild, as the local stack serves it; what the other bundler makes of it stands beside. The limits hold what is reached: lower them with the code, never raise them without a word why.
 *
 * @module
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build as esbuild } from 'esbuild'
import { build as rolldown } from 'rolldown'
import { browserOptions, browserTargets } from './browser-targets.ts'

type Bundler = 'rolldown' | 'esbuild'

interface Size {
  readonly name: string
  /** What a page would write. */
  readonly source: string
  readonly bundler: Bundler
  /** Bytes, gzipped. */
  readonly limit: number
  /** What it is to come to, bytes gzipped. */
  readonly goal: number
}

const sizes: readonly Size[] = [
  {
    name: 'connection, state, feed',
    source: `export { connectLite } from './client/lite.ts'`,
    bundler: 'rolldown',
    limit: 10_150,
    goal: 9000,
  },
  {
    name: 'all kinds and tabs',
    source: `export { connect } from './client/client.ts'; export { shareTabs } from './client/tabs/share-tabs.ts'`,
    bundler: 'rolldown',
    limit: 14_400,
    goal: 12_000,
  },
  {
    name: 'element script',
    source: `import './client/element/script.ts'`,
    bundler: 'rolldown',
    limit: 12_750,
    goal: 14_000,
  },
  {
    name: 'telethon page',
    source: `import './web/campaign.ts'`,
    bundler: 'esbuild',
    limit: 18_000,
    goal: 18_000,
  },
  {
    // 8.5 KB of it sign people in at any OIDC issuer.
    name: 'console page',
    source: `import './web/console.ts'`,
    bundler: 'esbuild',
    limit: 30_500,
    goal: 30_000,
  },
]

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What each bundler makes of a source. */
const bundlers: Readonly<Record<Bundler, (source: string) => Promise<Uint8Array>>> = {
  async esbuild(source) {
    const { outputFiles } = await esbuild({
      stdin: { contents: source, resolveDir: root, loader: 'ts' },
      bundle: true,
      minify: true,
      format: 'esm',
      target: [...browserTargets],
      legalComments: 'none',
      write: false,
    })
    return outputFiles[0]?.contents ?? new Uint8Array(0)
  },
  async rolldown(source) {
    const entry = join(root, 'page.ts')
    const page = {
      name: 'page',
      resolveId: (id: string) => (id === entry ? entry : undefined),
      load: (id: string) => (id === entry ? source : undefined),
    }
    const { output } = await rolldown({
      ...browserOptions,
      input: entry,
      plugins: [page],
      output: { format: 'esm', minify: true, comments: false },
      write: false,
    })
    return Buffer.from(output[0].code)
  },
}

async function gzippedBytes(bundler: Bundler, source: string): Promise<number> {
  return gzipSync(await bundlers[bundler](source), { level: 9 }).length
}

let over = 0
for (const { name, source, bundler, limit, goal } of sizes) {
  const bytes = await gzippedBytes(bundler, source)
  const other = bundler === 'esbuild' ? 'rolldown' : 'esbuild'
  if (bytes > limit) over++
  const verdict = bytes > limit ? `OVER its limit of ${limit}` : bytes > goal ? `to come to ${goal}` : 'ok'
  process.stdout.write(
    `${name.padEnd(26)}${String(bytes).padStart(7)} bytes by ${bundler}, ${await gzippedBytes(other, source)} by ${other}  ${verdict}\n`,
  )
}
process.exitCode = over > 0 ? 1 : 0
