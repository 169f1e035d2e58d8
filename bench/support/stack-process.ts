/** The stack as a process of its own, so that its memory and CPU can be told from the load's. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface StackProcess extends AsyncDisposable {
  readonly site: string
  readonly pid: number
  /** Resident memory, MB. */
  residentMb(): number
  /** CPU seconds of all its threads since it started. */
  cpuSeconds(): number
}

const start = fileURLToPath(new URL('../../local/start.ts', import.meta.url))

/** Starts `npm start`'s program on free ports with empty tables; resolves when it answers. */
export async function startStackProcess(env: Readonly<Record<string, string>> = {}): Promise<StackProcess> {
  const data = mkdtempSync(join(tmpdir(), 'fanfare-bench-'))
  const [http, iot, aws] = await Promise.all([freePort(), freePort(), freePort()])
  // With the flags of scripts/run.mjs, as `npm start` has them.
  const child = spawn(process.execPath, [...process.execArgv, start], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PORT: String(http),
      IOT_PORT: String(iot),
      AWS_PORT: String(aws),
      FANFARE_DATA: data,
      ...env,
    },
  })
  const { pid } = child
  if (pid === undefined) throw new Error('the stack could not be started')
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const site = `http://localhost:${http}`
  const until = Date.now() + 60_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the stack ended with ${child.exitCode}:\n${printed}`)
    const up = await fetch(`${site}/_fanfare/health`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (up) break
    if (Date.now() > until) throw new Error(`the stack was not up within a minute:\n${printed}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    site,
    pid,
    residentMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
    cpuSeconds() {
      // Fields 14 and 15 of proc(5)'s stat, counted after the name in parentheses; 100 ticks a second on Linux.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return (Number(fields[11]) + Number(fields[12])) / 100
    },
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(late)
      rmSync(data, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
