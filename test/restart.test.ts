import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually, staff } from './support/stack.ts'
import { accountedFor, testViewer } from './support/viewer.ts'

const program = fileURLToPath(new URL('../local/start.ts', import.meta.url))
const running = new Set<ChildProcess>()
const folders: string[] = []
afterEach(async () => {
  await Promise.all([...running].map((child) => end(child, 'SIGKILL')))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

interface Run {
  readonly child: ChildProcess
  printed(): string
}

function start(env: Record<string, string>, args: readonly string[] = []): Run {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    env: { ...process.env, SESSIONS_PER_MINUTE: '100000', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  running.add(child)
  return { child, printed: () => printed }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  running.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.kill(signal)
  return ended
}

const exited = (child: ChildProcess): Promise<number | null> =>
  child.exitCode === null
    ? new Promise((resolve) => child.once('exit', resolve))
    : Promise.resolve(child.exitCode)

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) =>
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
        ),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function environment(): Promise<Record<string, string> & { PORT: string }> {
  const [http, iot, aws] = await freePorts(3)
  const data = mkdtempSync(join(tmpdir(), 'fanfare-restart-'))
  folders.push(data)
  return { PORT: String(http), IOT_PORT: String(iot), AWS_PORT: String(aws), FANFARE_DATA: data }
}

const up = (site: string): Promise<void> =>
  eventually(async () => {
    expect((await fetch(`${site}/_fanfare/health`)).ok).toBe(true)
  }, 30_000)

describe('a stack that is stopped in the middle', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s has, once started again, every donation it answered 202, and its viewers catch up by themselves',
    { timeout: 120_000 },
    async (signal) => {
      const env = await environment()
      const site = `http://localhost:${env.PORT}`
      let stack = start(env)
      await up(site)
      await fetch(`${site}/campaigns/red-nose`, {
        method: 'PUT',
        headers: staff,
        body: JSON.stringify({ name: 'Red nose', currency: 'USD' }),
      })
      await using viewer = testViewer(site, 'red-nose', 5000)
      await eventually(() => expect(viewer.total).toBe(0))

      const accepted = new Set<string>()
      const stopped = new AbortController()
      let next = 0
      const donor = async (): Promise<void> => {
        while (!stopped.signal.aborted) {
          const key = `key-${next++}`
          const answer = await fetch(`${site}/donations`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'idempotency-key': key },
            body: JSON.stringify({ campaignId: 'red-nose', amount: { value: 7, currency: 'USD' } }),
          }).catch(() => undefined)
          if (answer?.status === 202)
            accepted.add(((await answer.json()) as { donationId: string }).donationId)
          else await new Promise((resolve) => setTimeout(resolve, 5))
        }
      }
      const donors = Array.from({ length: 8 }, donor)
      await eventually(() => expect(accepted.size).toBeGreaterThan(300), 30_000)
      await end(stack.child, signal)
      stopped.abort()
      await Promise.all(donors)

      stack = start(env)
      await up(site)
      const topic = encodeURIComponent('campaigns/red-nose/donations')
      await eventually(async () => {
        const recorded = new Set<string>()
        for (let after: number | null = 0; after !== null;) {
          const answer = await fetch(`${site}/events?topic=${topic}&after=${after}&limit=500`)
          const page = (await answer.json()) as {
            events: { entry: { value: { donationId: string } } }[]
            next: number | null
          }
          for (const { entry } of page.events) {
            expect(recorded.has(entry.value.donationId)).toBe(false)
            recorded.add(entry.value.donationId)
          }
          after = page.next
        }
        expect([...accepted].filter((id) => !recorded.has(id))).toEqual([])
      }, 40_000)
      await eventually(async () => {
        const figures = (await (await fetch(`${site}/campaigns/red-nose`)).json()) as {
          total: { value: number }
          donations: number
        }
        expect(figures.total.value).toBe(figures.donations * 7)
        expect(viewer.total).toBe(figures.total.value)
        // Gifts that came faster than a message a second holds are told as left out: nothing is missing without a word.
        expect(accountedFor(viewer.seen).upTo).toBe(figures.donations)
      }, 30_000)
    },
  )
})

describe('npm start', () => {
  it('says which port is in use, and what to set', { timeout: 60_000 }, async () => {
    const env = await environment()
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(Number(env.PORT), '127.0.0.1', resolve))
    const stack = start(env)
    expect(await exited(stack.child)).toBe(1)
    expect(stack.printed()).toMatch(new RegExp(`port ${env.PORT} is in use.*PORT`))
    expect(stack.printed()).not.toMatch(/\n\s+at /)
    taken.close()
  })

  it('says so when its data folder cannot be used', { timeout: 60_000 }, async () => {
    const env = await environment()
    const file = join(env['FANFARE_DATA'] ?? '', 'a-file')
    writeFileSync(file, '')
    const stack = start({ ...env, FANFARE_DATA: join(file, 'data') })
    expect(await exited(stack.child)).toBe(1)
    expect(stack.printed()).toMatch(/data folder .*a-file.*FANFARE_DATA/)
    expect(stack.printed()).not.toMatch(/\n\s+at /)
  })

  it('refuses a setting that makes no sense, with its name', { timeout: 60_000 }, async () => {
    const stack = start({ PORT: 'x' })
    expect(await exited(stack.child)).toBe(1)
    expect(stack.printed()).toMatch(/PORT is "x"/)
  })

  it(
    'ends cleanly within five seconds, and --fresh begins with empty tables',
    { timeout: 60_000 },
    async () => {
      const env = await environment()
      const site = `http://localhost:${env.PORT}`
      const put = (): Promise<Response> =>
        fetch(`${site}/campaigns/red-nose`, {
          method: 'PUT',
          headers: staff,
          body: JSON.stringify({ name: 'x', currency: 'USD' }),
        })
      const first = start(env)
      await up(site)
      expect((await put()).ok).toBe(true)
      const stopping = performance.now()
      expect(await end(first.child, 'SIGTERM')).toBe(0)
      expect(performance.now() - stopping).toBeLessThan(5000)
      const second = start(env)
      await up(site)
      expect((await fetch(`${site}/campaigns/red-nose`)).status).toBe(200)
      await end(second.child, 'SIGTERM')
      start(env, ['--fresh'])
      await up(site)
      expect((await fetch(`${site}/campaigns/red-nose`)).status).toBe(404)
    },
  )
})
