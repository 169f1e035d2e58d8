/**
 * What pages download, minified and gzipped as a server would send it: measured by `npm run check`, which fails when one is
 * over its limit. The limits hold what is reached: lower them with the code, never raise them without a word why.
 *
 * @module
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { browserTargets } from './browser-targets.ts'

interface Size {
  readonly name: string
  /** What a page would write. */
  readonly source: string
  /** Bytes, gzipped. */
  readonly limit: number
  /** What it is to come to, bytes gzipped. */
  readonly goal: number
}

const sizes: readonly Size[] = [
  {
    name: 'connection, state, feed',
    source: `export { connectLite } from './client/lite.ts'`,
    limit: 10_700,
    goal: 9000,
  },
  {
    name: 'all kinds and tabs',
    source: `export { connect } from './client/client.ts'; export { shareTabs } from './client/tabs/share-tabs.ts'`,
    limit: 15_550,
    goal: 12_000,
  },
  { name: 'element script', source: `import './client/element/script.ts'`, limit: 14_000, goal: 14_000 },
  { name: 'telethon page', source: `import './web/campaign.ts'`, limit: 18_000, goal: 18_000 },
]

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Bytes of what this source brings, gzipped. */
async function gzippedBytes(source: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: join(root), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: [...browserTargets],
    legalComments: 'none',
    write: false,
  })
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(0), { level: 9 }).length
}

let over = 0
for (const { name, source, limit, goal } of sizes) {
  const bytes = await gzippedBytes(source)
  if (bytes > limit) over++
  const verdict = bytes > limit ? `OVER its limit of ${limit}` : bytes > goal ? `to come to ${goal}` : 'ok'
  process.stdout.write(`${name.padEnd(26)}${String(bytes).padStart(7)} bytes  ${verdict}\n`)
}
process.exitCode = over > 0 ? 1 : 0
