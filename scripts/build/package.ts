/**
 * The package's `dist/`: JavaScript and declarations of every door, because Node strips no types below node_modules;
 * and the one script for pages without a build step.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build, type BuildOptions } from 'rolldown'
import { browserOptions } from './browser-targets.ts'

/** A door's name and the file behind it. `package.json` says the same under `exports`; the package's test compares. */
export const doors: Readonly<Record<string, string>> = {
  './topics': 'topics/contract/index.ts',
  './functions': 'functions/index.ts',
  './client': 'client/index.ts',
  './client/lite': 'client/lite.ts',
  './client/react': 'client/react/index.ts',
  './client/element': 'client/element/index.ts',
  './client/overlay': 'client/overlay/index.ts',
  './client/testing': 'client/testing/index.ts',
  './client/transports/mqtt-js': 'client/transports/mqtt-js.ts',
  './client/transports/aws-iot-device-sdk': 'client/transports/aws-iot-device-sdk.ts',
  './local': 'local/index.ts',
}

/** Files that no door imports by name: programs, workers, what is loaded when it is asked for. */
const programs = ['command/main.ts', 'local/lambda/worker.ts', 'local/lambda/in-process-http-handler.ts']

/** Makes `dist/` under `root` anew. Throws with what the compiler says. */
export async function buildPackage(root: string): Promise<void> {
  const dist = join(root, 'dist')
  rmSync(dist, { recursive: true, force: true })
  mkdirSync(dist)
  const config = join(dist, 'tsconfig.json')
  const files = [...Object.values(doors), ...programs].map((file) => join(root, file))
  const compilerOptions = { noEmit: false, outDir: '.', rootDir: '..', declaration: true, sourceMap: false }
  writeFileSync(config, JSON.stringify({ extends: '../tsconfig.json', compilerOptions, include: [], files }))
  const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', config], { encoding: 'utf8' })
  rmSync(config)
  if (tsc.status !== 0) throw new Error(`tsc ended with ${tsc.status}:\n${tsc.stdout}${tsc.stderr}`)
  for (const file of filesBelow(dist)) rename(file)
  for (const folder of ['local', 'command', 'client', 'functions']) copyAssets(root, dist, folder)
  // The page of `fanfare asyncapi`.
  mkdirSync(join(dist, 'web'))
  for (const name of ['style.css', 'topics.css']) cpSync(join(root, 'web', name), join(dist, 'web', name))
  await build(elementScript(root, join(dist, 'fanfare-element.js')))
}

/** rolldown's options for the one script. */
function elementScript(root: string, file: string): BuildOptions {
  return {
    ...browserOptions,
    input: join(root, 'client/element/script.ts'),
    output: { file, format: 'iife', minify: true, comments: false },
  }
}

/** Names of sources in declarations and in paths that code makes; tsc has put right those of the imports. */
function rename(file: string): void {
  if (!/\.(js|d\.ts)$/.test(file)) return
  const text = readFileSync(file, 'utf8')
  const renamed = file.endsWith('.d.ts')
    ? text.replace(/(from |import\()(["'])(\.[^"']*)\.ts\2/g, '$1$2$3.js$2')
    : text.replace(/(new URL\(|import\.meta\.dirname, |'command', )'([\w./-]+)\.ts'/g, "$1'$2.js'")
  if (renamed !== text) writeFileSync(file, renamed)
}

/** What code reads beside itself. */
function copyAssets(root: string, dist: string, folder: string): void {
  for (const file of filesBelow(join(root, folder))) {
    if (!/\.(html|css|js|json|svg)$/.test(file)) continue
    const target = join(dist, file.slice(root.length + 1))
    if (existsSync(target)) throw new Error(`${file} and a .ts of the same name beside it: rename one`)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(file, target)
  }
}

/** Files below a folder, absolute. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
