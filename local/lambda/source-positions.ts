/**
 * Stack traces in terms of the sources: workers load bundles without their source maps, which would cost each of them
 * memory, and a trace is translated only when one is shown.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Source maps kept in memory; one of a bundle with the SDK takes megabytes. */
const mapsMost = 4

const position = /(file:\/\/[^\s()]+\.mjs):(\d+):(\d+)/g

/** A translator for bundles of sources under `root`. */
export function sourcePositions(root: string): (stack: string) => string {
  const maps = new Map<string, SourceMap | undefined>()

  function mapOf(path: string): SourceMap | undefined {
    if (!maps.has(path)) {
      if (maps.size >= mapsMost) maps.clear()
      maps.set(path, readMap(path))
    }
    return maps.get(path)
  }

  return (stack) =>
    stack.replaceAll(position, (place, url: string, line: string, column: string) => {
      const path = fileURLToPath(url)
      const entry = mapOf(path)?.findEntry(Number(line) - 1, Number(column) - 1)
      if (!entry || !('originalSource' in entry)) return place
      const source = relative(root, resolve(dirname(path), entry.originalSource))
      return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
    })
}

function readMap(path: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')) as SourceMapPayload)
  } catch {
    // A trace with the bundle's lines is still a trace; the map of an older build may be gone.
    return undefined
  }
}
