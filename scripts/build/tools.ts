/** Runs the project's tools one after another, a line each; what a failing tool printed follows its line. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Tool {
  readonly name: string
  /** A command of node_modules/.bin, or an absolute path. */
  readonly command: string
  readonly args: readonly string[]
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The exit code: 0 when every tool was content. All run, so that one look shows everything. */
export function runTools(tools: readonly Tool[]): number {
  let failed = 0
  for (const { name, command, args } of tools) {
    const path = command.includes('/') ? command : join(root, 'node_modules', '.bin', command)
    const started = performance.now()
    const result = spawnSync(path, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    if (result.status === 0) {
      process.stdout.write(`${name.padEnd(9)} ok      ${seconds} s\n`)
      continue
    }
    failed++
    process.stdout.write(`${name.padEnd(9)} FAILED  ${seconds} s\n`)
    process.stdout.write(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}\n`)
  }
  return failed === 0 ? 0 : 1
}
