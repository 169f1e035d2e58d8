/**
 * What handlers print: all of it to one file a function, warnings and errors to whoever watches.
 *
 * @module
 */
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes after which a log file becomes `<name>.1.log`, in place of the one before. */
const fileBytesMost = 5 * 1024 * 1024

/** How long lines are gathered before they are written, ms. */
const gatherMs = 200

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly message: string
  /** Key of the function that printed it. */
  readonly function?: string
}

export interface FunctionLog {
  write(functionKey: string, text: string, error: boolean): void
  /** Writes what was gathered. */
  close(): Promise<void>
}

/** Logs into `folder`, one file a function; without a folder only warnings and errors go anywhere. */
export function createFunctionLog(folder: string | undefined, log: (line: LogLine) => void): FunctionLog {
  if (folder) mkdirSync(folder, { recursive: true })
  const gathered = new Map<string, string[]>()
  const sizes = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()
  let failed = false

  async function write(name: string, text: string): Promise<void> {
    const path = join(folder ?? '', `${name}.log`)
    const size = (sizes.get(name) ?? fileBytes(path)) + Buffer.byteLength(text)
    if (size > fileBytesMost) {
      rmSync(join(folder ?? '', `${name}.1.log`), { force: true })
      if (fileBytes(path) > 0) renameSync(path, join(folder ?? '', `${name}.1.log`))
      sizes.set(name, Buffer.byteLength(text))
    } else sizes.set(name, size)
    await appendFile(path, text)
  }

  function flush(): void {
    timer = undefined
    for (const [name, texts] of gathered) {
      writing = writing
        .then(() => write(name, texts.join('')))
        .catch((error: Error) => {
          if (!failed) log({ level: 'warn', message: `function logs cannot be written: ${error.message}` })
          failed = true
        })
    }
    gathered.clear()
  }

  return {
    write(functionKey, text, error) {
      if (folder) {
        const texts = gathered.get(functionKey)
        if (texts) texts.push(text)
        else gathered.set(functionKey, [text])
        timer ??= setTimeout(flush, gatherMs)
      }
      const level = levelOf(text, error)
      if (level) log({ level, message: text.trimEnd(), function: functionKey })
    },
    async close() {
      clearTimeout(timer)
      flush()
      await writing
    },
  }
}

/** Powertools writes JSON with a level; what goes to stderr without one is an error. */
function levelOf(text: string, error: boolean): 'warn' | 'error' | undefined {
  if (text.includes('"level":"WARN"')) return 'warn'
  if (text.includes('"level":"ERROR"') || text.includes('"level":"CRITICAL"')) return 'error'
  return error && !text.includes('"level":"') ? 'error' : undefined
}

function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
