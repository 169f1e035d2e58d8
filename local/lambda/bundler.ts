/**
 * Bundles every handler in one go, as the deploy build does, but for the class that carries the SDK's requests.
 * Shared code goes into chunks, and files are named by their content: a running worker never sees its files change,
 * and a function is new exactly when its entry's name is.
 *
 * @module
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildFailure, context, formatMessagesSync, type Plugin } from 'esbuild'
import { handlerBuildOptions } from '../../scripts/build/esbuild-options.ts'
import type { TemplateFunction } from '../template/template.ts'

/** The handlers do not compile; `message` is esbuild's, with file and line. */
export class BundleError extends Error {
  readonly code = 'BUNDLE'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BundleError'
  }
}

export interface Bundler {
  /** Builds anew what changed; answers the URL of each function's module. Throws a BundleError. */
  build(): Promise<ReadonlyMap<string, string>>
  close(): Promise<void>
}

export interface BundlerOptions {
  /** The folder of serverless.yml. */
  readonly root: string
  /** Where the bundles go; what it holds is removed. */
  readonly folder: string
  readonly functions: readonly TemplateFunction[]
}

const carriedInProcess: Plugin = {
  name: 'carried in process',
  setup(build) {
    const path = join(import.meta.dirname, 'in-process-http-handler.ts')
    build.onResolve({ filter: /^@smithy\/node-http-handler$/ }, () => ({ path }))
  },
}

export async function createBundler({ root, folder, functions }: BundlerOptions): Promise<Bundler> {
  mkdirSync(folder, { recursive: true })
  // An ES module beside the project's package.json or not: the ending says so.
  const entryPoints = Object.fromEntries(
    functions.map(({ key, module }) => [key, join(root, `${module}.ts`)]),
  )
  const building = await context({
    ...handlerBuildOptions,
    absWorkingDir: root,
    entryPoints,
    outdir: folder,
    write: false,
    metafile: true,
    splitting: true,
    entryNames: '[name]-[hash]',
    chunkNames: 'shared-[hash]',
    outExtension: { '.js': '.mjs' },
    plugins: [carriedInProcess],
  })
  const written = new Set<string>()
  let fresh = true
  return {
    async build() {
      const result = await building.rebuild().catch((error: unknown) => {
        throw bundleError(error)
      })
      if (fresh) {
        // Only now: a stack that cannot build leaves the files of the one before.
        for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
        fresh = false
      }
      const urls = new Map<string, string>()
      for (const file of result.outputFiles) {
        if (written.has(file.path)) continue
        writeFileSync(file.path, file.contents)
        written.add(file.path)
      }
      const entries = new Map(
        Object.entries(result.metafile.outputs).flatMap(([path, { entryPoint }]) =>
          entryPoint ? [[join(root, entryPoint), basename(path)] as const] : [],
        ),
      )
      for (const { key } of functions) {
        const name = entries.get(entryPoints[key] ?? '')
        if (name) urls.set(key, pathToFileURL(join(folder, name)).href)
      }
      return urls
    },
    close: () => building.dispose(),
  }
}

function bundleError(error: unknown): Error {
  const errors = (error as Partial<BuildFailure>).errors
  if (!errors?.length) return error instanceof Error ? error : new Error(String(error))
  return new BundleError(formatMessagesSync(errors, { kind: 'error', color: false }).join('').trim(), {
    cause: error,
  })
}
