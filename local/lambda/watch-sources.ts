/**
 * Watches folders for edits.
 *
 * @module
 */
import { existsSync, watch } from 'node:fs'
import { join } from 'node:path'

/** Editors write a file in several steps; what comes within this time is one edit, ms. */
const settleMs = 60

/** Calls `onEdit` with the paths that changed, relative to `root`; the answer ends the watch. */
export function watchSources(
  root: string,
  folders: readonly string[],
  onEdit: (paths: readonly string[]) => void,
  onProblem: (problem: string) => void = () => undefined,
): () => void {
  const changed = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const watchers = folders
    .filter((folder) => existsSync(join(root, folder)))
    .map((folder) =>
      watch(join(root, folder), { recursive: true }, (_, name) => {
        if (name === null || /(^|\/)\.|~$|\.test\.ts$/.test(name)) return
        changed.add(join(folder, name))
        clearTimeout(timer)
        timer = setTimeout(() => {
          const paths = [...changed]
          changed.clear()
          onEdit(paths)
        }, settleMs)
      }),
    )
  for (const watcher of watchers) {
    watcher.on('error', (error) => onProblem(`edits may go unseen: ${error.message}`))
  }
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}
