/** The server and its load as processes, each on a CPU of its own where the system has taskset. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { ConnectedReport, GeneratorCommand, GeneratorReport, Load, LoadedReport } from './orders.ts'
import type { Dialect } from './wire.ts'

const pinned = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

/** Node as `npm start` runs it, able to collect its garbage when asked. */
export const node = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=4',
  '--expose-gc',
]

export interface ServerProcess extends AsyncDisposable {
  readonly port: number
  /** CPU seconds of all its threads since it started. */
  cpuSeconds(): number
  /** Resident memory, KB, after its garbage is collected where it is Node. */
  residentKb(): Promise<number>
}

/** Starts a server on a port of 127.0.0.1; resolves when it listens. */
export async function startServer(
  command: readonly string[],
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = onCpu(0, command, { ...process.env, ...env }, 'ignore')
  const { pid } = child
  if (pid === undefined) throw new Error(`${command[0]} could not be started`)
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (child.exitCode !== null || tries > 100)
      throw new Error(`${command.join(' ')} does not listen on ${port} (exit ${child.exitCode})`)
    await pause(100)
  }
  // What starting costs is not of the load.
  await pause(500)
  const isNode = command[0] === process.execPath
  return {
    port,
    cpuSeconds: () => cpuSecondsOf(pid),
    async residentKb() {
      if (isNode) {
        child.kill('SIGUSR2')
        await pause(1000)
      }
      return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    },
    async [Symbol.asyncDispose]() {
      await stop(child)
    },
  }
}

export interface Generator extends AsyncDisposable {
  connect(total: number): Promise<ConnectedReport>
  load(load: Load): Promise<LoadedReport>
}

export interface GeneratorOptions {
  readonly port: number
  readonly path: string
  readonly dialect: Dialect
  readonly qos: 0 | 1
  /** What its client IDs begin with. Default: s. */
  readonly prefix?: string
}

export const payloadBytes = 200

/** Starts a load generator. Its methods reject when it dies or takes a minute. */
export function startGenerator({ port, path, dialect, qos, prefix = 's' }: GeneratorOptions): Generator {
  const program = fileURLToPath(new URL('generator.ts', import.meta.url))
  const child = onCpu(
    1,
    [...node, program, String(port), path, dialect, String(qos), String(payloadBytes), prefix],
    process.env,
    'ipc',
  )
  const ask = (command: GeneratorCommand): Promise<GeneratorReport> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the load generator took over 90 s')), 90_000)
      const ended = (): void => reject(new Error('the load generator ended'))
      child.once('exit', ended)
      child.once('message', (report: GeneratorReport) => {
        clearTimeout(late)
        child.off('exit', ended)
        resolve(report)
      })
      child.send(command)
    })
  return {
    connect: async (total) => (await ask({ kind: 'connect', total })) as ConnectedReport,
    load: async (load) => (await ask({ kind: 'load', ...load })) as LoadedReport,
    async [Symbol.asyncDispose]() {
      await stop(child)
    },
  }
}

/** Starts a process on this CPU, or anywhere where the system cannot say so. */
export function onCpu(
  cpu: 0 | 1,
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  channel: 'ipc' | 'ignore',
): ChildProcess {
  const [program = '', ...args] = pinned ? ['taskset', '-c', String(cpu), ...command] : command
  return spawn(program, args, {
    stdio: ['ignore', 'ignore', command[0] === process.execPath ? 'inherit' : 'ignore', channel],
    env,
  })
}

/** Ends a process that was started here. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 3000)
  await ended
  clearTimeout(late)
}

/** From the scheduler, in nanoseconds, thread by thread: proc(5)'s stat counts in steps of 10 ms. */
function cpuSecondsOf(pid: number): number {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`))
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
  return nanoseconds / 1e9
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
