/**
 * Debian's Mosquitto as a target: another implementation of MQTT, started on a free port of the loopback address. Over TCP only:
 * its WebSocket listener binds every address.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openTcpWire } from '../testing/wire-client.ts'
import type { Target } from './target.ts'

const startMs = 10_000

/** Debian puts it where only root's PATH looks. */
const places = ['mosquitto', '/usr/sbin/mosquitto']

/** Its command and version, or undefined when it is not installed. */
export function findMosquitto(): { command: string; version: string } | undefined {
  for (const command of places) {
    const { stdout, error } = spawnSync(command, ['-h'], { encoding: 'utf8' })
    const version = error ? undefined : /mosquitto version (\S+)/.exec(stdout)?.[1]
    if (version !== undefined) return { command, version }
  }
  return undefined
}

/** Starts it. Rejects with what it said when it does not start. */
export async function mosquittoTarget(command: string): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'mosquitto-'))
  const port = await freePort()
  const config = join(folder, 'mosquitto.conf')
  // What a kept session may have waiting is unlimited, as the suite's cases are small.
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n`)
  const child = spawn(command, ['-c', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  try {
    await listening(port, child)
  } catch (cause) {
    child.kill()
    rmSync(folder, { recursive: true })
    throw new Error(`Mosquitto did not start. It said: ${said}`, { cause })
  }
  return {
    name: 'Mosquitto',
    abilities: new Set(['TCP']),
    prefix: 'c',
    connectEveryMs: 0,
    now: () => Date.now(),
    answerMs: 2000,
    credentials: {},
    open: (version) => openTcpWire(port, version),
    advance: () => {
      throw new Error("Mosquitto's time cannot be moved")
    },
    // It has no quota that a wait would keep.
    pass: async () => {},
    close: async () => {
      child.kill()
      await once(child, 'exit')
      rmSync(folder, { recursive: true })
    },
  }
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  const until = Date.now() + startMs
  for (;;) {
    const socket = createConnection({ port, host: '127.0.0.1' })
    try {
      await once(socket, 'connect')
      return
    } catch (cause) {
      // Not listening yet.
      if (Date.now() > until || child.exitCode !== null) throw cause
      await sleep(50)
    } finally {
      socket.destroy()
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
