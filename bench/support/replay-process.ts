/** `npm run replay` as a process, and the figures it ends with. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface ReplayFigures {
  readonly exact: boolean
  readonly recorded: number
  readonly totalAmount: number
  readonly seconds: number
  /** Accepted, recorded and shown, a second. */
  readonly perSecond: number
  readonly acceptedPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly refused: number
  readonly retries: number
  readonly viewerMessagesPerSecond?: number
  readonly viewerUnits?: number
  readonly viewerMessages?: number
}

const program = fileURLToPath(new URL('../../scripts/replay.ts', import.meta.url))

/** Runs it to its end. Throws with what it printed when it gave no figures. */
export async function runReplay(site: string, args: readonly string[] = []): Promise<ReplayFigures> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, '--speed', 'max', '--json', '--url', site, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let out = ''
  let problems = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (problems += chunk.toString()))
  await new Promise((resolve) => child.once('exit', resolve))
  const line = out.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) throw new Error(`the replay gave no figures:\n${problems}`)
  return JSON.parse(line) as ReplayFigures
}
