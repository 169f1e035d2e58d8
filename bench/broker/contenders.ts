/** Who is measured: our broker, the floor that Node sets, and the peers that are installed here. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { node } from './processes.ts'
import type { Dialect } from './wire.ts'

export interface Contender {
  readonly name: string
  readonly command: readonly string[]
  readonly port: number
  readonly path: string
  readonly dialect: Dialect
  readonly qos: 0 | 1
  /** Deliveries a second to begin the climb at. */
  readonly startsAt: number
}

let folder: string | undefined
const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const port = 17_800
const ours = { command: [...node, program('fanfare-server.ts'), String(port)], port, path: '/mqtt' } as const

/** Our broker and the floor. */
export const fanfare: Contender = {
  name: 'Fanfare',
  ...ours,
  dialect: 'mqtt5',
  qos: 0,
  startsAt: 400_000,
}
export const fanfareQos1: Contender = { ...fanfare, name: 'Fanfare, QoS 1', qos: 1, startsAt: 80_000 }
export const floor: Contender = {
  name: 'Node floor: one frame to every socket',
  command: [...node, program('floor-server.ts'), String(port)],
  port,
  path: '/mqtt',
  dialect: 'mqtt4',
  qos: 0,
  startsAt: 80_000,
}

/** Those that can run here; `missing` is told of the others, and how they are had. */
export function peers(missing: (line: string) => void): Contender[] {
  const found: Contender[] = []
  if (has('mosquitto')) {
    const base = {
      command: [which('mosquitto'), '-c', mosquittoConfiguration()],
      port: port + 10,
      path: '/mqtt',
      startsAt: 60_000,
    }
    found.push({ ...base, name: 'Mosquitto', dialect: 'mqtt5', qos: 0 })
    found.push({ ...base, name: 'Mosquitto, QoS 1', dialect: 'mqtt4', qos: 1 })
  } else missing('Mosquitto: apt-get install mosquitto')
  if (has('nats-server'))
    found.push({
      name: 'NATS',
      command: [which('nats-server'), '-c', natsConfiguration()],
      port: port + 20,
      path: '/mqtt',
      dialect: 'mqtt4',
      qos: 0,
      startsAt: 200_000,
    })
  else missing('NATS: apt-get install nats-server')
  for (const { name, module, server, path, dialect, startsAt } of nodePeers) {
    const where = folderOf(module)
    if (where === undefined) {
      missing(`${name}: npm install ${module} in a folder, and name the folder in FANFARE_BENCH_PEERS`)
      continue
    }
    const command = [...node, program(server), String(port + 30), where]
    found.push({ name, command, port: port + 30, path, dialect, qos: 0, startsAt })
  }
  return found
}

const nodePeers = [
  {
    name: 'aedes',
    module: 'aedes',
    server: 'aedes-server.ts',
    path: '/',
    dialect: 'mqtt4',
    startsAt: 10_000,
  },
  {
    name: 'Socket.IO',
    module: 'socket.io',
    server: 'socket-io-server.ts',
    path: '/socket.io/?EIO=4&transport=websocket',
    dialect: 'socket.io',
    startsAt: 60_000,
  },
] as const

function folderOf(module: string): string | undefined {
  for (const where of [process.env['FANFARE_BENCH_PEERS'], fileURLToPath(new URL('../..', import.meta.url))])
    try {
      if (where === undefined) continue
      createRequire(join(where, 'package.json')).resolve(module)
      return where
    } catch {
      // Not installed there; the next folder may have it.
    }
  return undefined
}

function has(program: string): boolean {
  return spawnSync('which', [program]).status === 0
}

function which(program: string): string {
  return spawnSync('which', [program]).stdout.toString().trim()
}

/** With the second listener that Debian's build needs beside one for WebSockets. */
function mosquittoConfiguration(): string {
  const file = benchFile('mosquitto.conf')
  writeFileSync(
    file,
    `listener ${port + 11} 127.0.0.1\nlistener ${port + 10} 127.0.0.1\nprotocol websockets\n` +
      'allow_anonymous true\nlog_type error\nset_tcp_nodelay true\nmax_inflight_messages 0\nmax_queued_messages 0\n',
  )
  return file
}

function natsConfiguration(): string {
  const file = benchFile('nats.conf')
  writeFileSync(
    file,
    `server_name: bench\nhost: 127.0.0.1\nport: ${port + 22}\njetstream { store_dir: "${benchFile('nats')}" }\n` +
      `websocket { host: 127.0.0.1, port: ${port + 20}, no_tls: true, compression: false }\n` +
      `mqtt { host: 127.0.0.1, port: ${port + 21} }\n`,
  )
  return file
}

/** A file in the bench's own folder, which goes when the bench ends. */
export function benchFile(name: string): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'fanfare-bench-broker-'))
    process.once('exit', () => rmSync(made, { recursive: true, force: true }))
    folder = made
  }
  return join(folder, name)
}
